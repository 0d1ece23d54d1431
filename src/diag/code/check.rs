//! Codes of checks of the model (`DL08xx`).

super::codes! {
    CHECK_CODES;
    MOVING_IMAGE = "DL0801", "an image without a tag, or with `latest`",
        "The same environment file then stands for different software on different days, and nobody can say what ran. Give the image a tag\n\
         that is never moved, or a digest: `image: redis:7.4.2`.";
    NODE_PORT_TAKEN = "DL0802", "two components that want the same port of the machine",
        "Only one program can listen on a port. Give one of them another port, or write `expose: node` and let the target choose.";
    PUBLIC_ADDRESS_TAKEN = "DL0803", "two components that are published under the same address",
        "The entrance sends each request to one of them, and which one is chance. Give one of them another host or another path.";
    SHARED_VOLUME = "DL0804", "replicas that write into one volume",
        "All replicas of a service share its volumes. Few programs can write into the same files at once, and most volumes can be mounted\n\
         on one machine only. With `stateful: true` each replica has its own.";
}
