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

variable "api_replicas" {
  description = "How many containers of api run."
  type        = number
  default     = 1
}

variable "api_environment" {
  description = "Environment of api. No secrets: these are files."
  type        = map(string)
  default = {
    LEVEL = "info"
  }
}

variable "known_net_host" {
  description = "What net reports as host."
  type        = string
}
