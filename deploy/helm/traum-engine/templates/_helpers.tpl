{{- define "traum.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "traum.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "traum.labels" -}}
{{ include "traum.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "traum.account" -}}
{{ .Values.serviceAccount.name | default (include "traum.name" .) }}
{{- end }}

{{- define "traum.image" -}}
{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* What all pods have in common. */}}
{{- define "traum.pod" -}}
serviceAccountName: {{ include "traum.account" .root }}
automountServiceAccountToken: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "traum.selector" . | nindent 8 }}
{{- end }}

{{- define "traum.contained" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Settings of API and workers. */}}
{{- define "traum.environment" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ required "secrets.database.name: the Secret with the address of PostgreSQL" .Values.secrets.database.name }}
      key: {{ .Values.secrets.database.key }}
- name: DATABASE_CONNECTIONS
  value: {{ .Values.databaseConnections | quote }}
- name: REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ required "secrets.redis.name: the Secret with the address of Redis" .Values.secrets.redis.name }}
      key: {{ .Values.secrets.redis.key }}
- name: REDIS_PREFIX
  value: {{ .Values.redisPrefix | quote }}
- name: STORAGE_URL
  value: {{ required "storage.url: the bucket of the audio files, such as s3://sounds" .Values.storage.url | quote }}
- name: S3_ENDPOINT
  value: {{ .Values.storage.endpoint | quote }}
- name: AWS_REGION
  value: {{ .Values.storage.region | quote }}
- name: S3_CACHE_MB
  value: {{ .Values.storage.cacheMb | toString | quote }}
- name: S3_LINK_S
  value: {{ .Values.storage.linkSeconds | toString | quote }}
{{- with .Values.storage.publicEndpoint }}
- name: S3_PUBLIC_ENDPOINT
  value: {{ . | quote }}
{{- end }}
- name: VECTORS
  value: {{ .Values.vectors.engine | quote }}
{{- with .Values.vectors }}
{{- if eq .engine "weaviate" }}
- name: VECTOR_URL
  value: {{ required "vectors.url: the address of Weaviate, such as http://weaviate.vectors.svc:80" .url | quote }}
{{- with .grpcUrl }}
- name: VECTOR_GRPC_URL
  value: {{ . | quote }}
{{- end }}
- name: VECTOR_CONSISTENCY
  value: {{ .consistency | quote }}
{{- with .shards }}
- name: VECTOR_SHARDS
  value: {{ . | toString | quote }}
{{- end }}
- name: VECTOR_REPLICAS
  value: {{ .replicas | toString | quote }}
{{- with $.Values.secrets.vectors }}
{{- if .name }}
- name: VECTOR_KEY
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } }
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.secrets.oidc }}
{{- if .name }}
- name: OIDC_CLIENT_SECRET
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } }
{{- end }}
{{- end }}
{{- with .Values.secrets.storage }}
{{- if .name }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .accessKeyId }} } }
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .secretAccessKey }} } }
{{- if .sessionToken }}
- name: AWS_SESSION_TOKEN
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .sessionToken }} } }
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{/* As many pods as there is work for, and never all of them away at once. */}}
{{- define "traum.scaling" -}}
{{- if .values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "traum.name" .root }}-{{ .part }}
  labels: {{ include "traum.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ include "traum.name" .root }}-{{ .part }} }
  minReplicas: {{ .values.autoscaling.min }}
  maxReplicas: {{ .values.autoscaling.max }}
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ .values.autoscaling.cpu }} } }
{{- end }}
{{- end }}

{{- define "traum.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "traum.name" .root }}-{{ .part }}
  labels: {{ include "traum.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{ include "traum.selector" . | nindent 6 }}
{{- end }}
