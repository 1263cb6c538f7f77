{{- $auths := dict }}
{{- range .connectors }}
{{- $host := (urlParse .spec.address).host }}
{{- $auth := printf "%s:%s" $.secret.username $.secret.password | b64enc }}
{{- $_ := set $auths $host (dict "auth" $auth "email" (printf "%s@%s" .metadata.name .metadata.namespace)) }}
{{- end }}
{{- dict "auths" $auths "credHelpers" (dict) "HttpHeaders" (dict "User-Agent" "patchbay") | toPrettyJson }}
