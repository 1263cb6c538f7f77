module patchbay.dev/template/readers

go 1.24

require (
	github.com/BurntSushi/toml v1.6.0
	github.com/jackc/pgpassfile v1.0.0
	gopkg.in/yaml.v3 v3.0.1
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect
