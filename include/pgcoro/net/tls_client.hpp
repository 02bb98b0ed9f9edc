#pragma once

#include "../core/error.hpp"
#include "tls_files.hpp"
#include "tls_handles.hpp"
#include "tls_options.hpp"

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Throws options_error if the options can't go together.
inline void check_tls_options(tls_options const& how)
{
    for (std::string const* const version : {&how.minimum_version, &how.maximum_version}) {
        bool known = version->empty();
        for (std::string_view const each : {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"})
            known = known || *version == each;
        if (!known)
            throw options_error{
                "\"" + *version + "\" is no version of TLS: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3"};
    }
    // Their order is that of their names.
    if (!how.minimum_version.empty() && !how.maximum_version.empty() &&
        how.maximum_version < how.minimum_version)
        throw options_error{"the highest TLS version allowed is below the lowest"};
    if (how.negotiation == ssl_negotiation::direct && how.mode < ssl_mode::require)
        throw options_error{"sslnegotiation=direct needs sslmode require, verify-ca or "
                            "verify-full: a weaker one may do without TLS"};
    if (how.root_certificate == "system" && how.mode != ssl_mode::verify_full)
        throw options_error{"sslrootcert=system needs sslmode=verify-full: anybody can have a "
                            "certificate from some public authority"};
}

/// What every TLS connection to one host begins with: the files that the options name, loaded when
/// the first needs them.
class tls_client
{
public:
    /// `host`: as the user named it. Throws options_error if the options can't go together.
    tls_client(tls_options how, std::string host) : how_{std::move(how)}, host_{std::move(host)}
    {
        check_tls_options(how_);
    }
    tls_client(tls_client const&) = delete;
    tls_client& operator=(tls_client const&) = delete;

    [[nodiscard]] tls_options const& how() const noexcept { return how_; }
    [[nodiscard]] std::string const& host() const noexcept { return host_; }
    /// The server's certificate is checked against a root certificate.
    [[nodiscard]] bool verifies() const noexcept { return verifies_; }

    /// A connection that has not begun yet. Throws tls_error, which names the file.
    [[nodiscard]] ssl_ptr make_connection()
    {
        if (!context_)
            context_ = load();
        ERR_clear_error();
        ssl_ptr made{SSL_new(context_.get())};
        bool const is_number = host_.find_first_not_of("0123456789.") == std::string::npos ||
                               host_.find(':') != std::string::npos;
        if (!made || (how_.sni && !host_.empty() && !is_number &&
                         SSL_set_tlsext_host_name(made.get(), host_.c_str()) != 1))
            fail("could not begin a TLS connection");
        return made;
    }

private:
    [[noreturn]] static void fail(std::string const& what)
    {
        throw tls_error{what + ": " + take_tls_reason()};
    }

    [[nodiscard]] static int version_number(std::string_view name) noexcept
    {
        return name == "TLSv1"     ? TLS1_VERSION
               : name == "TLSv1.1" ? TLS1_1_VERSION
               : name == "TLSv1.2" ? TLS1_2_VERSION
               : name == "TLSv1.3" ? TLS1_3_VERSION
                                   : 0; // OpenSSL's lowest, or highest
    }

    [[nodiscard]] ssl_context_ptr load()
    {
        ERR_clear_error();
        ssl_context_ptr made{SSL_CTX_new(TLS_client_method())};
        if (!made)
            fail("OpenSSL can't be used");
        SSL_CTX* const context = made.get();
        SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        if (SSL_CTX_set_min_proto_version(context, version_number(how_.minimum_version)) != 1 ||
            SSL_CTX_set_max_proto_version(context, version_number(how_.maximum_version)) != 1)
            fail("could not set the TLS versions that are allowed");
        // It keeps a server of another protocol from being taken for PostgreSQL.
        static constexpr unsigned char protocols[] = "\x0apostgresql";
        if (SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1) != 0)
            fail("could not name the protocol");
        load_roots(context);
        load_certificate(context);
        return made;
    }

    void load_roots(SSL_CTX* context)
    {
        std::string const file = tls_file(how_.root_certificate, "root.crt");
        if (how_.root_certificate == "system") {
            if (SSL_CTX_set_default_verify_paths(context) != 1)
                fail("could not find the system's root certificates");
        } else if (file_exists(file)) {
            if (SSL_CTX_load_verify_file(context, file.c_str()) != 1)
                fail("could not read the root certificate file \"" + file + '"');
            load_revocations(context);
        } else if (how_.mode >= ssl_mode::verify_ca) {
            throw tls_error{"the root certificate file \"" + file +
                            "\" does not exist: name one with sslrootcert, or sslrootcert=system "
                            "for those that the system trusts"};
        } else {
            return;
        }
        verifies_ = true;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }

    /// Unlike libpq, which then goes on without, we refuse a list that is named and can't be read.
    void load_revocations(SSL_CTX* context)
    {
        X509_STORE* const store = SSL_CTX_get_cert_store(context);
        std::string file = how_.revocation_list;
        if (file.empty() && how_.revocation_directory.empty()) {
            file = tls_file("", "root.crl");
            if (!file_exists(file))
                return;
        }
        if (!file.empty() && X509_STORE_load_file(store, file.c_str()) != 1)
            fail("could not read the certificate revocation list \"" + file + '"');
        if (!how_.revocation_directory.empty() &&
            X509_STORE_load_path(store, how_.revocation_directory.c_str()) != 1)
            fail("could not read certificate revocation lists from \"" + how_.revocation_directory +
                 '"');
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }

    void load_certificate(SSL_CTX* context)
    {
        if (how_.certificate_mode == client_certificate::disable)
            return;
        std::string const file = tls_file(how_.certificate, "postgresql.crt");
        if (!file_exists(file))
            return; // the server may not ask for one
        if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) != 1)
            fail("could not read the certificate file \"" + file + '"');
        std::string const key = tls_file(how_.key, "postgresql.key");
        check_key_file(key);
        // Ours always: OpenSSL's own asks on the terminal, and the program stands still.
        SSL_CTX_set_default_passwd_cb(context, &tls_client::give_password);
        SSL_CTX_set_default_passwd_cb_userdata(context, this);
        bool loaded = SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
        if (!loaded) {
            std::string const why = take_tls_reason();
            loaded = SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_ASN1) == 1;
            if (!loaded)
                throw tls_error{"could not load the private key file \"" + key + "\": " + why +
                                "; an encrypted one needs sslpassword"};
        }
        if (SSL_CTX_check_private_key(context) != 1)
            fail("the certificate \"" + file + "\" and the private key \"" + key +
                 "\" don't belong together");
    }

    static int give_password(char* to, int size, int, void* client)
    {
        std::string const& password = static_cast<tls_client*>(client)->how_.key_password.text();
        if (password.empty() || password.size() > static_cast<std::size_t>(size))
            return -1;
        std::memcpy(to, password.data(), password.size());
        return static_cast<int>(password.size());
    }

    tls_options how_;
    std::string host_;
    ssl_context_ptr context_;
    bool verifies_ = false;
};

} // namespace pgcoro
