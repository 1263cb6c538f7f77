<settings>
  <servers>
    {{- range .connectors }}
    <server>
      <id>{{ .metadata.name }}</id>
      <username>{{ $.secret.username | html }}</username>
      <password>{{ $.secret.password | html }}</password>
    </server>
    {{- end }}
  </servers>
  <mirrors>
    {{- range $i, $c := .connectors }}
    {{- $base := $c.spec.address | trimSuffix "/" }}
    <mirror>
      <id>{{ $c.metadata.name }}-{{ $i }}</id>
      <name>{{ $c.metadata.name | upper }}</name>
      <url>{{ printf "%s/repository/%s" $base ($.configurations.repository | default "maven-public") }}</url>
      <mirrorOf>{{ if eq $i 0 }}*{{ else }}{{ join "," $.configurations.mirrorOf }}{{ end }}</mirrorOf>
    </mirror>
    {{- end }}
  </mirrors>
  {{- if .configurations.proxy }}
  <proxies>
    <proxy>
      <active>true</active>
      <protocol>{{ (urlParse .configurations.proxy).scheme }}</protocol>
      <host>{{ (urlParse .configurations.proxy).hostname }}</host>
      <nonProxyHosts>{{ join "|" .configurations.noProxy }}</nonProxyHosts>
    </proxy>
  </proxies>
  {{- end }}
</settings>
