// Reads files with Go's standard library and with what Kubernetes and its tools use. See helpers/readers.rs for the
// lines that come in and go out.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/jackc/pgpassfile"
	yaml3 "gopkg.in/yaml.v3"
	"sigs.k8s.io/yaml"
)

var readers = map[string]func(string) ([]string, error){
	"docker_config":  dockerConfig,
	"kubeconfig":     func(text string) ([]string, error) { return kubeconfig(text, unmarshal) },
	"kubeconfig3":    func(text string) ([]string, error) { return kubeconfig(text, yaml3.Unmarshal) },
	"toml":           tomlFile,
	"maven_settings": mavenSettings,
	"url":            urlText,
	"pgpass":         pgpass,
	"to_yaml":        toYaml,
	"from_yaml":      fromYaml,
}

func dockerConfig(text string) ([]string, error) {
	var file struct {
		Auths map[string]struct{ Auth, Email string }
	}
	err := json.Unmarshal([]byte(text), &file)
	entry := file.Auths["registry.example.com"]
	return []string{entry.Auth, entry.Email}, err
}

func unmarshal(text []byte, into any) error { return yaml.Unmarshal(text, into) }

func kubeconfig(text string, unmarshal func([]byte, any) error) ([]string, error) {
	var file struct {
		Users []struct {
			Name string
			User struct{ Password, Username string }
		}
	}
	if err := unmarshal([]byte(text), &file); err != nil {
		return nil, err
	}
	if len(file.Users) != 1 {
		return nil, fmt.Errorf("%d users", len(file.Users))
	}
	return []string{file.Users[0].User.Password, file.Users[0].User.Username}, nil
}

func tomlFile(text string) ([]string, error) {
	var file struct {
		Server struct{ Password, User string }
	}
	_, err := toml.Decode(text, &file)
	return []string{file.Server.Password, file.Server.User}, err
}

func mavenSettings(text string) ([]string, error) {
	type holder struct {
		Password string `xml:"password,attr"`
	}
	var file struct {
		Server struct {
			Password    string `xml:"password"`
			One         holder `xml:"one"`
			Two         holder `xml:"two"`
			Permissions string `xml:"filePermissions"`
		} `xml:"servers>server"`
	}
	if err := xml.Unmarshal([]byte(text), &file); err != nil {
		return nil, err
	}
	server := file.Server
	if server.One.Password != server.Password || server.Two.Password != server.Password {
		return nil, errors.New("another attribute")
	}
	return []string{server.Password, server.Permissions}, nil
}

func urlText(text string) ([]string, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	password, _ := parsed.User.Password()
	if parsed.Host != "git.example.com:8443" || parsed.User.Username() != password {
		return nil, errors.New("another host or user")
	}
	return []string{password, strings.TrimPrefix(parsed.Path, "/")}, nil
}

func pgpass(text string) ([]string, error) {
	file, err := pgpassfile.ParsePassfile(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if len(file.Entries) != 2 {
		return nil, fmt.Errorf("%d entries", len(file.Entries))
	}
	entry := file.Entries[0]
	if entry.Database != entry.Password || entry.Username != entry.Password {
		return nil, errors.New("another field")
	}
	return []string{entry.Password, file.Entries[1].Password}, nil
}

// As Helm's toYaml.
func toYaml(text string) ([]string, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	out, err := yaml.Marshal(numbers(value))
	return []string{strings.TrimSuffix(string(out), "\n")}, err
}

// Whole numbers stay whole, as in the API server's decoder.
func numbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		if whole, err := strconv.ParseUint(value.String(), 10, 64); err == nil {
			return whole
		}
		float, _ := value.Float64()
		return float
	case []any:
		for i, item := range value {
			value[i] = numbers(item)
		}
	case map[string]any:
		for key, item := range value {
			value[key] = numbers(item)
		}
	}
	return value
}

// As Helm's fromYaml, back as JSON.
func fromYaml(text string) ([]string, error) {
	value := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return nil, err
	}
	out, err := json.Marshal(value)
	return []string{string(out)}, err
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := bufio.NewWriter(os.Stdout)
	for in.Scan() {
		name, encoded, _ := strings.Cut(in.Text(), " ")
		file, err := base64.StdEncoding.DecodeString(encoded)
		var fields []string
		if err == nil {
			fields, err = readers[name](string(file))
		}
		if err != nil {
			fmt.Fprintln(out, "!"+strings.ReplaceAll(err.Error(), "\n", " "))
			continue
		}
		for i, field := range fields {
			fields[i] = "=" + base64.StdEncoding.EncodeToString([]byte(field))
		}
		fmt.Fprintln(out, strings.Join(fields, " "))
	}
	if err := errors.Join(in.Err(), out.Flush()); err != nil {
		panic(err)
	}
}
