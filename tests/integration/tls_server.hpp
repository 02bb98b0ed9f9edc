#pragma once

#include "certificates.hpp"

#include <pgcoro/testing/temporary_server.hpp>

#include <string>

/// An authority for the whole program, and certificates that it has signed.
struct certificates
{
    certificate root{{.name = "pgcoro test root", .authority = true}};
    certificate other_root{{.name = "pgcoro other root", .authority = true}};
    certificate server{{.alternatives = "DNS:localhost,IP:127.0.0.1"}, &root};
    certificate client{{.name = "postgres"}, &root};
    file_directory files;
    std::string root_file = files.write("root.crt", root.pem());
    std::string other_root_file = files.write("other.crt", other_root.pem());
    std::string client_file = files.write("client.crt", client.pem());
    std::string client_key = files.write("client.key", client.key_pem());
};

inline certificates& shared_certificates()
{
    static certificates made;
    return made;
}

/// A server that speaks TLS with this certificate; `chain` is what it sends behind it.
inline pgcoro::temporary_server_options tls_server(
    certificate const& with, std::string const& chain = {})
{
    return pgcoro::temporary_server_options{}
        .tcp()
        .setting("ssl", "on")
        .setting("ssl_cert_file", "server.crt")
        .setting("ssl_key_file", "server.key")
        .setting("ssl_ca_file", "root.crt")
        .file("server.crt", with.pem() + chain)
        .file("server.key", with.key_pem())
        .file("root.crt", shared_certificates().root.pem());
}

/// The server with TLS that tests share; logs in with SCRAM.
inline pgcoro::temporary_server& shared_tls_server()
{
    static pgcoro::temporary_server server{tls_server(shared_certificates().server)
                                               .authentication(pgcoro::server_auth::scram_sha_256)
                                               .password("correct")};
    return server;
}
