{{- range .connector.spec.params }}
{{- if eq .name "defaultBranch" }}
[init]
    defaultBranch = {{ .value | quote }}
{{- else if eq .name "stallSeconds" }}
[http]
    lowSpeedLimit = 1000
    lowSpeedTime = {{ .value }}
{{- end }}
{{- end }}
{{- with .secret }}
{{- if .password }}
[http {{ $.connector.spec.address | quote }}]
    extraHeader = Authorization: Basic {{ printf "%s:%s" (.username | default "") .password | b64enc }}
{{- end }}
{{- end }}
[url "{{ trimSuffix "/" .connector.spec.address }}/"]
    insteadOf = git@{{ (urlParse .connector.spec.address).host }}:
{{- range $i, $host := splitList "," (.configurations.hosts | default "") }}
    insteadOf = {{ $host | trim | lower }}:{{ $i }}
{{- end }}
[user]
    name = {{ .connector.metadata.name }}
    email = {{ printf "%s@%s" .connector.metadata.name .connector.metadata.namespace }}
