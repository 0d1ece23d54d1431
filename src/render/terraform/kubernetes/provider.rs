//! What the provider hashicorp/kubernetes knows: the arguments and blocks of the resources that are rendered.
//!
//! Read out of the provider's schema of version 2.38; equal blocks are written once.

use super::schema::{Block, Kind::{Bool, List, Number, Text, Texts}, Nesting::{Many, Single}};

/// The resources, by kind of object.
pub const TYPES: &[(&str, &str, &Block)] = &[
    ("ConfigMap", "kubernetes_config_map_v1", &CONFIG_MAP),
    ("Deployment", "kubernetes_deployment_v1", &DEPLOYMENT),
    ("Ingress", "kubernetes_ingress_v1", &INGRESS),
    ("Job", "kubernetes_job_v1", &JOB),
    ("PersistentVolumeClaim", "kubernetes_persistent_volume_claim_v1", &PERSISTENT_VOLUME_CLAIM_2),
    ("PodDisruptionBudget", "kubernetes_pod_disruption_budget_v1", &POD_DISRUPTION_BUDGET),
    ("Secret", "kubernetes_secret_v1", &SECRET_2),
    ("Service", "kubernetes_service_v1", &SERVICE_2),
    ("ServiceAccount", "kubernetes_service_account_v1", &SERVICE_ACCOUNT),
    ("StatefulSet", "kubernetes_stateful_set_v1", &STATEFUL_SET),
];

const METADATA: Block = Block {
    attributes: &[("annotations", Texts), ("generate_name", Text), ("labels", Texts), ("name", Text), ("namespace", Text)],
    blocks: &[],
};

const CONFIG_MAP: Block = Block {
    attributes: &[("binary_data", Texts), ("data", Texts), ("immutable", Bool)],
    blocks: &[("metadata", Single, &METADATA)],
};

const MATCH_EXPRESSIONS: Block = Block {
    attributes: &[("key", Text), ("operator", Text), ("values", List)],
    blocks: &[],
};

const SELECTOR: Block = Block {
    attributes: &[("match_labels", Texts)],
    blocks: &[("match_expressions", Many, &MATCH_EXPRESSIONS)],
};

const ROLLING_UPDATE: Block = Block {
    attributes: &[("max_surge", Text), ("max_unavailable", Text)],
    blocks: &[],
};

const STRATEGY: Block = Block {
    attributes: &[("type", Text)],
    blocks: &[("rolling_update", Single, &ROLLING_UPDATE)],
};

const PREFERENCE: Block = Block {
    attributes: &[],
    blocks: &[("match_expressions", Many, &MATCH_EXPRESSIONS), ("match_fields", Many, &MATCH_EXPRESSIONS)],
};

const PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION: Block = Block {
    attributes: &[("weight", Number)],
    blocks: &[("preference", Single, &PREFERENCE)],
};

const REQUIRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION: Block = Block {
    attributes: &[],
    blocks: &[("node_selector_term", Many, &PREFERENCE)],
};

const NODE_AFFINITY: Block = Block {
    attributes: &[],
    blocks: &[("preferred_during_scheduling_ignored_during_execution", Many, &PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION), ("required_during_scheduling_ignored_during_execution", Single, &REQUIRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION)],
};

const POD_AFFINITY_TERM: Block = Block {
    attributes: &[("namespaces", List), ("topology_key", Text)],
    blocks: &[("label_selector", Many, &SELECTOR), ("namespace_selector", Many, &SELECTOR)],
};

const PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION_2: Block = Block {
    attributes: &[("weight", Number)],
    blocks: &[("pod_affinity_term", Single, &POD_AFFINITY_TERM)],
};

const POD_AFFINITY: Block = Block {
    attributes: &[],
    blocks: &[("preferred_during_scheduling_ignored_during_execution", Many, &PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION_2), ("required_during_scheduling_ignored_during_execution", Many, &POD_AFFINITY_TERM)],
};

const AFFINITY: Block = Block {
    attributes: &[],
    blocks: &[("node_affinity", Single, &NODE_AFFINITY), ("pod_affinity", Single, &POD_AFFINITY), ("pod_anti_affinity", Single, &POD_AFFINITY)],
};

const CONFIG_MAP_KEY_REF: Block = Block {
    attributes: &[("key", Text), ("name", Text), ("optional", Bool)],
    blocks: &[],
};

const FIELD_REF: Block = Block {
    attributes: &[("api_version", Text), ("field_path", Text)],
    blocks: &[],
};

const RESOURCE_FIELD_REF: Block = Block {
    attributes: &[("container_name", Text), ("divisor", Text), ("resource", Text)],
    blocks: &[],
};

const VALUE_FROM: Block = Block {
    attributes: &[],
    blocks: &[("config_map_key_ref", Single, &CONFIG_MAP_KEY_REF), ("field_ref", Single, &FIELD_REF), ("resource_field_ref", Single, &RESOURCE_FIELD_REF), ("secret_key_ref", Single, &CONFIG_MAP_KEY_REF)],
};

const ENV: Block = Block {
    attributes: &[("name", Text), ("value", Text)],
    blocks: &[("value_from", Single, &VALUE_FROM)],
};

const CONFIG_MAP_REF: Block = Block {
    attributes: &[("name", Text), ("optional", Bool)],
    blocks: &[],
};

const ENV_FROM: Block = Block {
    attributes: &[("prefix", Text)],
    blocks: &[("config_map_ref", Single, &CONFIG_MAP_REF), ("secret_ref", Single, &CONFIG_MAP_REF)],
};

const EXEC: Block = Block {
    attributes: &[("command", List)],
    blocks: &[],
};

const HTTP_HEADER: Block = Block {
    attributes: &[("name", Text), ("value", Text)],
    blocks: &[],
};

const HTTP_GET: Block = Block {
    attributes: &[("host", Text), ("path", Text), ("port", Text), ("scheme", Text)],
    blocks: &[("http_header", Many, &HTTP_HEADER)],
};

const TCP_SOCKET: Block = Block {
    attributes: &[("port", Text)],
    blocks: &[],
};

const POST_START: Block = Block {
    attributes: &[],
    blocks: &[("exec", Single, &EXEC), ("http_get", Single, &HTTP_GET), ("tcp_socket", Many, &TCP_SOCKET)],
};

const LIFECYCLE: Block = Block {
    attributes: &[],
    blocks: &[("post_start", Many, &POST_START), ("pre_stop", Many, &POST_START)],
};

const GRPC: Block = Block {
    attributes: &[("port", Number), ("service", Text)],
    blocks: &[],
};

const LIVENESS_PROBE: Block = Block {
    attributes: &[("failure_threshold", Number), ("initial_delay_seconds", Number), ("period_seconds", Number), ("success_threshold", Number), ("timeout_seconds", Number)],
    blocks: &[("exec", Single, &EXEC), ("grpc", Many, &GRPC), ("http_get", Single, &HTTP_GET), ("tcp_socket", Many, &TCP_SOCKET)],
};

const PORT: Block = Block {
    attributes: &[("container_port", Number), ("host_ip", Text), ("host_port", Number), ("name", Text), ("protocol", Text)],
    blocks: &[],
};

const RESOURCES: Block = Block {
    attributes: &[("limits", Texts), ("requests", Texts)],
    blocks: &[],
};

const CAPABILITIES: Block = Block {
    attributes: &[("add", List), ("drop", List)],
    blocks: &[],
};

const SE_LINUX_OPTIONS: Block = Block {
    attributes: &[("level", Text), ("role", Text), ("type", Text), ("user", Text)],
    blocks: &[],
};

const SECCOMP_PROFILE: Block = Block {
    attributes: &[("localhost_profile", Text), ("type", Text)],
    blocks: &[],
};

const SECURITY_CONTEXT: Block = Block {
    attributes: &[("allow_privilege_escalation", Bool), ("privileged", Bool), ("read_only_root_filesystem", Bool), ("run_as_group", Text), ("run_as_non_root", Bool), ("run_as_user", Text)],
    blocks: &[("capabilities", Single, &CAPABILITIES), ("se_linux_options", Single, &SE_LINUX_OPTIONS), ("seccomp_profile", Single, &SECCOMP_PROFILE)],
};

const VOLUME_DEVICE: Block = Block {
    attributes: &[("device_path", Text), ("name", Text)],
    blocks: &[],
};

const VOLUME_MOUNT: Block = Block {
    attributes: &[("mount_path", Text), ("mount_propagation", Text), ("name", Text), ("read_only", Bool), ("sub_path", Text), ("sub_path_expr", Text)],
    blocks: &[],
};

const CONTAINER: Block = Block {
    attributes: &[("args", List), ("command", List), ("image", Text), ("image_pull_policy", Text), ("name", Text), ("stdin", Bool), ("stdin_once", Bool), ("termination_message_path", Text), ("termination_message_policy", Text), ("tty", Bool), ("working_dir", Text)],
    blocks: &[("env", Many, &ENV), ("env_from", Many, &ENV_FROM), ("lifecycle", Single, &LIFECYCLE), ("liveness_probe", Single, &LIVENESS_PROBE), ("port", Many, &PORT), ("readiness_probe", Single, &LIVENESS_PROBE), ("resources", Single, &RESOURCES), ("security_context", Single, &SECURITY_CONTEXT), ("startup_probe", Single, &LIVENESS_PROBE), ("volume_device", Many, &VOLUME_DEVICE), ("volume_mount", Many, &VOLUME_MOUNT)],
};

const DNS_CONFIG: Block = Block {
    attributes: &[("nameservers", List), ("searches", List)],
    blocks: &[("option", Many, &HTTP_HEADER)],
};

const HOST_ALIASES: Block = Block {
    attributes: &[("hostnames", List), ("ip", Text)],
    blocks: &[],
};

const IMAGE_PULL_SECRETS: Block = Block {
    attributes: &[("name", Text)],
    blocks: &[],
};

const READINESS_GATE: Block = Block {
    attributes: &[("condition_type", Text)],
    blocks: &[],
};

const WINDOWS_OPTIONS: Block = Block {
    attributes: &[("gmsa_credential_spec", Text), ("gmsa_credential_spec_name", Text), ("host_process", Bool), ("run_as_username", Text)],
    blocks: &[],
};

const SECURITY_CONTEXT_2: Block = Block {
    attributes: &[("fs_group", Text), ("fs_group_change_policy", Text), ("run_as_group", Text), ("run_as_non_root", Bool), ("run_as_user", Text), ("supplemental_groups", List)],
    blocks: &[("se_linux_options", Single, &SE_LINUX_OPTIONS), ("seccomp_profile", Single, &SECCOMP_PROFILE), ("sysctl", Many, &HTTP_HEADER), ("windows_options", Single, &WINDOWS_OPTIONS)],
};

const TOLERATION: Block = Block {
    attributes: &[("effect", Text), ("key", Text), ("operator", Text), ("toleration_seconds", Text), ("value", Text)],
    blocks: &[],
};

const TOPOLOGY_SPREAD_CONSTRAINT: Block = Block {
    attributes: &[("match_label_keys", List), ("max_skew", Number), ("min_domains", Number), ("node_affinity_policy", Text), ("node_taints_policy", Text), ("topology_key", Text), ("when_unsatisfiable", Text)],
    blocks: &[("label_selector", Many, &SELECTOR)],
};

const AWS_ELASTIC_BLOCK_STORE: Block = Block {
    attributes: &[("fs_type", Text), ("partition", Number), ("read_only", Bool), ("volume_id", Text)],
    blocks: &[],
};

const AZURE_DISK: Block = Block {
    attributes: &[("caching_mode", Text), ("data_disk_uri", Text), ("disk_name", Text), ("fs_type", Text), ("kind", Text), ("read_only", Bool)],
    blocks: &[],
};

const AZURE_FILE: Block = Block {
    attributes: &[("read_only", Bool), ("secret_name", Text), ("secret_namespace", Text), ("share_name", Text)],
    blocks: &[],
};

const SECRET_REF: Block = Block {
    attributes: &[("name", Text), ("namespace", Text)],
    blocks: &[],
};

const CEPH_FS: Block = Block {
    attributes: &[("monitors", List), ("path", Text), ("read_only", Bool), ("secret_file", Text), ("user", Text)],
    blocks: &[("secret_ref", Single, &SECRET_REF)],
};

const CINDER: Block = Block {
    attributes: &[("fs_type", Text), ("read_only", Bool), ("volume_id", Text)],
    blocks: &[],
};

const ITEMS: Block = Block {
    attributes: &[("key", Text), ("mode", Text), ("path", Text)],
    blocks: &[],
};

const CONFIG_MAP_2: Block = Block {
    attributes: &[("default_mode", Text), ("name", Text), ("optional", Bool)],
    blocks: &[("items", Many, &ITEMS)],
};

const CSI: Block = Block {
    attributes: &[("driver", Text), ("fs_type", Text), ("read_only", Bool), ("volume_attributes", Texts)],
    blocks: &[("node_publish_secret_ref", Single, &IMAGE_PULL_SECRETS)],
};

const ITEMS_2: Block = Block {
    attributes: &[("mode", Text), ("path", Text)],
    blocks: &[("field_ref", Single, &FIELD_REF), ("resource_field_ref", Single, &RESOURCE_FIELD_REF)],
};

const DOWNWARD_API: Block = Block {
    attributes: &[("default_mode", Text)],
    blocks: &[("items", Many, &ITEMS_2)],
};

const EMPTY_DIR: Block = Block {
    attributes: &[("medium", Text), ("size_limit", Text)],
    blocks: &[],
};

const METADATA_2: Block = Block {
    attributes: &[("annotations", Texts), ("labels", Texts)],
    blocks: &[],
};

const SPEC: Block = Block {
    attributes: &[("access_modes", List), ("storage_class_name", Text), ("volume_mode", Text), ("volume_name", Text)],
    blocks: &[("resources", Single, &RESOURCES), ("selector", Single, &SELECTOR)],
};

const VOLUME_CLAIM_TEMPLATE: Block = Block {
    attributes: &[],
    blocks: &[("metadata", Single, &METADATA_2), ("spec", Single, &SPEC)],
};

const EPHEMERAL: Block = Block {
    attributes: &[],
    blocks: &[("volume_claim_template", Single, &VOLUME_CLAIM_TEMPLATE)],
};

const FC: Block = Block {
    attributes: &[("fs_type", Text), ("lun", Number), ("read_only", Bool), ("target_ww_ns", List)],
    blocks: &[],
};

const FLEX_VOLUME: Block = Block {
    attributes: &[("driver", Text), ("fs_type", Text), ("options", Texts), ("read_only", Bool)],
    blocks: &[("secret_ref", Single, &SECRET_REF)],
};

const FLOCKER: Block = Block {
    attributes: &[("dataset_name", Text), ("dataset_uuid", Text)],
    blocks: &[],
};

const GCE_PERSISTENT_DISK: Block = Block {
    attributes: &[("fs_type", Text), ("partition", Number), ("pd_name", Text), ("read_only", Bool)],
    blocks: &[],
};

const GIT_REPO: Block = Block {
    attributes: &[("directory", Text), ("repository", Text), ("revision", Text)],
    blocks: &[],
};

const GLUSTERFS: Block = Block {
    attributes: &[("endpoints_name", Text), ("path", Text), ("read_only", Bool)],
    blocks: &[],
};

const HOST_PATH: Block = Block {
    attributes: &[("path", Text), ("type", Text)],
    blocks: &[],
};

const ISCSI: Block = Block {
    attributes: &[("fs_type", Text), ("iqn", Text), ("iscsi_interface", Text), ("lun", Number), ("read_only", Bool), ("target_portal", Text)],
    blocks: &[],
};

const LOCAL: Block = Block {
    attributes: &[("path", Text)],
    blocks: &[],
};

const NFS: Block = Block {
    attributes: &[("path", Text), ("read_only", Bool), ("server", Text)],
    blocks: &[],
};

const PERSISTENT_VOLUME_CLAIM: Block = Block {
    attributes: &[("claim_name", Text), ("read_only", Bool)],
    blocks: &[],
};

const PHOTON_PERSISTENT_DISK: Block = Block {
    attributes: &[("fs_type", Text), ("pd_id", Text)],
    blocks: &[],
};

const CONFIG_MAP_3: Block = Block {
    attributes: &[("name", Text), ("optional", Bool)],
    blocks: &[("items", Many, &ITEMS)],
};

const DOWNWARD_API_2: Block = Block {
    attributes: &[],
    blocks: &[("items", Many, &ITEMS_2)],
};

const SERVICE_ACCOUNT_TOKEN: Block = Block {
    attributes: &[("audience", Text), ("expiration_seconds", Number), ("path", Text)],
    blocks: &[],
};

const SOURCES: Block = Block {
    attributes: &[],
    blocks: &[("config_map", Many, &CONFIG_MAP_3), ("downward_api", Single, &DOWNWARD_API_2), ("secret", Many, &CONFIG_MAP_3), ("service_account_token", Single, &SERVICE_ACCOUNT_TOKEN)],
};

const PROJECTED: Block = Block {
    attributes: &[("default_mode", Text)],
    blocks: &[("sources", Many, &SOURCES)],
};

const QUOBYTE: Block = Block {
    attributes: &[("group", Text), ("read_only", Bool), ("registry", Text), ("user", Text), ("volume", Text)],
    blocks: &[],
};

const RBD: Block = Block {
    attributes: &[("ceph_monitors", List), ("fs_type", Text), ("keyring", Text), ("rados_user", Text), ("rbd_image", Text), ("rbd_pool", Text), ("read_only", Bool)],
    blocks: &[("secret_ref", Single, &SECRET_REF)],
};

const SECRET: Block = Block {
    attributes: &[("default_mode", Text), ("optional", Bool), ("secret_name", Text)],
    blocks: &[("items", Many, &ITEMS)],
};

const VSPHERE_VOLUME: Block = Block {
    attributes: &[("fs_type", Text), ("volume_path", Text)],
    blocks: &[],
};

const VOLUME: Block = Block {
    attributes: &[("name", Text)],
    blocks: &[("aws_elastic_block_store", Single, &AWS_ELASTIC_BLOCK_STORE), ("azure_disk", Single, &AZURE_DISK), ("azure_file", Single, &AZURE_FILE), ("ceph_fs", Single, &CEPH_FS), ("cinder", Single, &CINDER), ("config_map", Single, &CONFIG_MAP_2), ("csi", Single, &CSI), ("downward_api", Single, &DOWNWARD_API), ("empty_dir", Single, &EMPTY_DIR), ("ephemeral", Single, &EPHEMERAL), ("fc", Single, &FC), ("flex_volume", Single, &FLEX_VOLUME), ("flocker", Single, &FLOCKER), ("gce_persistent_disk", Single, &GCE_PERSISTENT_DISK), ("git_repo", Single, &GIT_REPO), ("glusterfs", Single, &GLUSTERFS), ("host_path", Single, &HOST_PATH), ("iscsi", Single, &ISCSI), ("local", Single, &LOCAL), ("nfs", Single, &NFS), ("persistent_volume_claim", Single, &PERSISTENT_VOLUME_CLAIM), ("photon_persistent_disk", Single, &PHOTON_PERSISTENT_DISK), ("projected", Many, &PROJECTED), ("quobyte", Single, &QUOBYTE), ("rbd", Single, &RBD), ("secret", Single, &SECRET), ("vsphere_volume", Single, &VSPHERE_VOLUME)],
};

const SPEC_2: Block = Block {
    attributes: &[("active_deadline_seconds", Number), ("automount_service_account_token", Bool), ("dns_policy", Text), ("enable_service_links", Bool), ("host_ipc", Bool), ("host_network", Bool), ("host_pid", Bool), ("hostname", Text), ("node_name", Text), ("node_selector", Texts), ("priority_class_name", Text), ("restart_policy", Text), ("runtime_class_name", Text), ("scheduler_name", Text), ("service_account_name", Text), ("share_process_namespace", Bool), ("subdomain", Text), ("termination_grace_period_seconds", Number)],
    blocks: &[("affinity", Single, &AFFINITY), ("container", Many, &CONTAINER), ("dns_config", Single, &DNS_CONFIG), ("host_aliases", Many, &HOST_ALIASES), ("image_pull_secrets", Many, &IMAGE_PULL_SECRETS), ("init_container", Many, &CONTAINER), ("os", Single, &IMAGE_PULL_SECRETS), ("readiness_gate", Many, &READINESS_GATE), ("security_context", Single, &SECURITY_CONTEXT_2), ("toleration", Many, &TOLERATION), ("topology_spread_constraint", Many, &TOPOLOGY_SPREAD_CONSTRAINT), ("volume", Many, &VOLUME)],
};

const TEMPLATE: Block = Block {
    attributes: &[],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC_2)],
};

const SPEC_3: Block = Block {
    attributes: &[("min_ready_seconds", Number), ("paused", Bool), ("progress_deadline_seconds", Number), ("replicas", Text), ("revision_history_limit", Number)],
    blocks: &[("selector", Single, &SELECTOR), ("strategy", Single, &STRATEGY), ("template", Single, &TEMPLATE)],
};

const DEPLOYMENT: Block = Block {
    attributes: &[("wait_for_rollout", Bool)],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC_3)],
};

const RESOURCE: Block = Block {
    attributes: &[("api_group", Text), ("kind", Text), ("name", Text)],
    blocks: &[],
};

const PORT_2: Block = Block {
    attributes: &[("name", Text), ("number", Number)],
    blocks: &[],
};

const SERVICE: Block = Block {
    attributes: &[("name", Text)],
    blocks: &[("port", Single, &PORT_2)],
};

const DEFAULT_BACKEND: Block = Block {
    attributes: &[],
    blocks: &[("resource", Single, &RESOURCE), ("service", Single, &SERVICE)],
};

const PATH: Block = Block {
    attributes: &[("path", Text), ("path_type", Text)],
    blocks: &[("backend", Single, &DEFAULT_BACKEND)],
};

const HTTP: Block = Block {
    attributes: &[],
    blocks: &[("path", Many, &PATH)],
};

const RULE: Block = Block {
    attributes: &[("host", Text)],
    blocks: &[("http", Single, &HTTP)],
};

const TLS: Block = Block {
    attributes: &[("hosts", List), ("secret_name", Text)],
    blocks: &[],
};

const SPEC_4: Block = Block {
    attributes: &[("ingress_class_name", Text)],
    blocks: &[("default_backend", Single, &DEFAULT_BACKEND), ("rule", Many, &RULE), ("tls", Many, &TLS)],
};

const INGRESS: Block = Block {
    attributes: &[("wait_for_load_balancer", Bool)],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC_4)],
};

const ON_EXIT_CODES: Block = Block {
    attributes: &[("container_name", Text), ("operator", Text), ("values", List)],
    blocks: &[],
};

const ON_POD_CONDITION: Block = Block {
    attributes: &[("status", Text), ("type", Text)],
    blocks: &[],
};

const RULE_2: Block = Block {
    attributes: &[("action", Text)],
    blocks: &[("on_exit_codes", Single, &ON_EXIT_CODES), ("on_pod_condition", Many, &ON_POD_CONDITION)],
};

const POD_FAILURE_POLICY: Block = Block {
    attributes: &[],
    blocks: &[("rule", Many, &RULE_2)],
};

const METADATA_3: Block = Block {
    attributes: &[("annotations", Texts), ("generate_name", Text), ("labels", Texts), ("name", Text)],
    blocks: &[],
};

const TEMPLATE_2: Block = Block {
    attributes: &[],
    blocks: &[("metadata", Single, &METADATA_3), ("spec", Single, &SPEC_2)],
};

const SPEC_5: Block = Block {
    attributes: &[("active_deadline_seconds", Number), ("backoff_limit", Number), ("backoff_limit_per_index", Number), ("completion_mode", Text), ("completions", Number), ("manual_selector", Bool), ("max_failed_indexes", Number), ("parallelism", Number), ("ttl_seconds_after_finished", Text)],
    blocks: &[("pod_failure_policy", Single, &POD_FAILURE_POLICY), ("selector", Single, &SELECTOR), ("template", Single, &TEMPLATE_2)],
};

const JOB: Block = Block {
    attributes: &[("wait_for_completion", Bool)],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC_5)],
};

const PERSISTENT_VOLUME_CLAIM_2: Block = Block {
    attributes: &[("wait_until_bound", Bool)],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC)],
};

const SPEC_6: Block = Block {
    attributes: &[("max_unavailable", Text), ("min_available", Text)],
    blocks: &[("selector", Single, &SELECTOR)],
};

const POD_DISRUPTION_BUDGET: Block = Block {
    attributes: &[],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC_6)],
};

const SECRET_2: Block = Block {
    attributes: &[("binary_data", Texts), ("binary_data_wo", Texts), ("binary_data_wo_revision", Number), ("data", Texts), ("data_wo", Texts), ("data_wo_revision", Number), ("immutable", Bool), ("type", Text), ("wait_for_service_account_token", Bool)],
    blocks: &[("metadata", Single, &METADATA)],
};

const PORT_3: Block = Block {
    attributes: &[("app_protocol", Text), ("name", Text), ("node_port", Number), ("port", Number), ("protocol", Text), ("target_port", Text)],
    blocks: &[],
};

const CLIENT_IP: Block = Block {
    attributes: &[("timeout_seconds", Number)],
    blocks: &[],
};

const SESSION_AFFINITY_CONFIG: Block = Block {
    attributes: &[],
    blocks: &[("client_ip", Single, &CLIENT_IP)],
};

const SPEC_7: Block = Block {
    attributes: &[("allocate_load_balancer_node_ports", Bool), ("cluster_ip", Text), ("cluster_ips", List), ("external_ips", List), ("external_name", Text), ("external_traffic_policy", Text), ("health_check_node_port", Number), ("internal_traffic_policy", Text), ("ip_families", List), ("ip_family_policy", Text), ("load_balancer_class", Text), ("load_balancer_ip", Text), ("load_balancer_source_ranges", List), ("publish_not_ready_addresses", Bool), ("selector", Texts), ("session_affinity", Text), ("type", Text)],
    blocks: &[("port", Many, &PORT_3), ("session_affinity_config", Single, &SESSION_AFFINITY_CONFIG)],
};

const SERVICE_2: Block = Block {
    attributes: &[("wait_for_load_balancer", Bool)],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC_7)],
};

const SERVICE_ACCOUNT: Block = Block {
    attributes: &[("automount_service_account_token", Bool)],
    blocks: &[("image_pull_secret", Many, &IMAGE_PULL_SECRETS), ("metadata", Single, &METADATA), ("secret", Many, &IMAGE_PULL_SECRETS)],
};

const PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY: Block = Block {
    attributes: &[("when_deleted", Text), ("when_scaled", Text)],
    blocks: &[],
};

const ROLLING_UPDATE_2: Block = Block {
    attributes: &[("partition", Number)],
    blocks: &[],
};

const UPDATE_STRATEGY: Block = Block {
    attributes: &[("type", Text)],
    blocks: &[("rolling_update", Many, &ROLLING_UPDATE_2)],
};

const VOLUME_CLAIM_TEMPLATE_2: Block = Block {
    attributes: &[],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC)],
};

const SPEC_8: Block = Block {
    attributes: &[("min_ready_seconds", Number), ("pod_management_policy", Text), ("replicas", Text), ("revision_history_limit", Number), ("service_name", Text)],
    blocks: &[("persistent_volume_claim_retention_policy", Many, &PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY), ("selector", Single, &SELECTOR), ("template", Single, &TEMPLATE), ("update_strategy", Many, &UPDATE_STRATEGY), ("volume_claim_template", Many, &VOLUME_CLAIM_TEMPLATE_2)],
};

const STATEFUL_SET: Block = Block {
    attributes: &[("wait_for_rollout", Bool)],
    blocks: &[("metadata", Single, &METADATA), ("spec", Single, &SPEC_8)],
};
