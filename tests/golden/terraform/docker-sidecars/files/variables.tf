variable "docker_host" {
  description = "The engine's address."
  type        = string
  default     = "unix:///var/run/docker.sock"
}

variable "name" {
  description = "What the network is called, and what the names of containers and volumes begin with."
  type        = string
  default     = "shop-staging"
}

variable "api_image" {
  description = "The image of api."
  type        = string
  default     = "api:1"
}

variable "api_memory_mib" {
  description = "Memory that api may use at most, in MiB."
  type        = number
  default     = 128
}

variable "api_cpus" {
  description = "CPUs that api may use at most."
  type        = string
  default     = "1.25"
}

variable "api_proxy_image" {
  description = "The image of proxy."
  type        = string
  default     = "proxy:1"
}
