variable "name" {
  description = "What the names of containers and volumes begin with."
  type        = string
}

variable "network" {
  description = "The network that the containers join."
  type        = string
}

variable "labels" {
  description = "Labels of every object."
  type        = map(string)
}

variable "image" {
  description = "The image of api."
  type        = string
}

variable "replicas" {
  description = "How many containers of api run."
  type        = number

  validation {
    condition     = var.replicas >= 0 && floor(var.replicas) == var.replicas
    error_message = "Give a whole number that is not negative."
  }
}

variable "environment" {
  description = "Environment of api. No secrets: these are files."
  type        = map(string)
}

variable "known_net_host" {
  description = "What net reports as host."
  type        = string
}
