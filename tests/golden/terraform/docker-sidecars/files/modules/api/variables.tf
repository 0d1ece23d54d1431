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

variable "memory_mib" {
  description = "Memory that api may use at most, in MiB."
  type        = number

  validation {
    condition     = var.memory_mib >= 6
    error_message = "An engine gives a container at least 6 MiB."
  }
}

variable "cpus" {
  description = "CPUs that api may use at most."
  type        = string

  validation {
    condition     = can(tonumber(var.cpus))
    error_message = "Give a number of CPUs, such as 0.5."
  }
}

variable "proxy_image" {
  description = "The image of proxy."
  type        = string
}
