#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Certificates for the tests, made anew in each run: an authority, what it signs, what it revokes.

struct openssl_free
{
    void operator()(X509* what) const { X509_free(what); }
    void operator()(X509_CRL* what) const { X509_CRL_free(what); }
    void operator()(EVP_PKEY* what) const { EVP_PKEY_free(what); }
    void operator()(BIO* what) const { BIO_free(what); }
};
template <class T>
using owned = std::unique_ptr<T, openssl_free>;

inline void demand(bool holds)
{
    if (!holds)
        throw std::runtime_error{"a certificate can't be made"};
}

enum class key_kind
{
    ec,
    rsa,
    rsa_pss,
    ed25519,
};

/// What a certificate is to be like.
struct certificate_wishes
{
    std::string name = "localhost"; // the common name
    std::string alternatives{};     // "DNS:localhost,IP:127.0.0.1"; empty: no extension
    bool authority = false;
    bool expired = false;
    char const* digest = "SHA256";
    key_kind kind = key_kind::ec;
};

/// A certificate with its key, and who signed it.
class certificate
{
public:
    /// Signed by `issuer`, or by itself.
    explicit certificate(certificate_wishes const& wishes, certificate const* issuer = nullptr)
        : key_{make_key(wishes.kind)}, made_{X509_new()}
    {
        static long serial = 1;
        X509* const x = made_.get();
        demand(X509_set_version(x, 2) == 1);
        ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(x), -7200);
        X509_gmtime_adj(X509_getm_notAfter(x), wishes.expired ? -3600 : 86400);
        X509_NAME* const subject = X509_get_subject_name(x);
        if (!wishes.name.empty())
            demand(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                       reinterpret_cast<unsigned char const*>(wishes.name.data()),
                       static_cast<int>(wishes.name.size()), -1, 0) == 1);
        X509_set_issuer_name(
            x, issuer == nullptr ? subject : X509_get_subject_name(issuer->made_.get()));
        demand(X509_set_pubkey(x, key_.get()) == 1);
        add(x, NID_basic_constraints, wishes.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
        if (wishes.authority)
            add(x, NID_key_usage, "critical,keyCertSign,cRLSign");
        if (!wishes.alternatives.empty())
            add(x, NID_subject_alt_name, wishes.alternatives);
        EVP_PKEY* const signer = issuer == nullptr ? key_.get() : issuer->key_.get();
        bool const has_digest = EVP_PKEY_get_base_id(signer) != EVP_PKEY_ED25519;
        demand(
            X509_sign(x, signer, has_digest ? EVP_get_digestbyname(wishes.digest) : nullptr) > 0);
    }

    [[nodiscard]] X509 const* get() const { return made_.get(); }
    [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
    [[nodiscard]] std::string pem() const
    {
        owned<BIO> const out{BIO_new(BIO_s_mem())};
        demand(PEM_write_bio_X509(out.get(), made_.get()) == 1);
        return text(out.get());
    }
    /// Encrypted where there is a password.
    [[nodiscard]] std::string key_pem(std::string const& password = {}) const
    {
        owned<BIO> const out{BIO_new(BIO_s_mem())};
        demand(PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(),
                   password.empty() ? nullptr : EVP_aes_256_cbc(), password.data(),
                   static_cast<int>(password.size()), nullptr, nullptr) == 1);
        return text(out.get());
    }
    [[nodiscard]] std::string key_der() const
    {
        owned<BIO> const out{BIO_new(BIO_s_mem())};
        demand(i2d_PrivateKey_bio(out.get(), key_.get()) == 1);
        return text(out.get());
    }

    /// The list of what this authority has revoked.
    [[nodiscard]] std::string revocations(std::vector<certificate const*> const& revoked) const
    {
        owned<X509_CRL> const list{X509_CRL_new()};
        X509_CRL_set_version(list.get(), 1);
        X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(made_.get()));
        std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> const now{
            X509_gmtime_adj(nullptr, -3600), &ASN1_TIME_free};
        X509_CRL_set1_lastUpdate(list.get(), now.get());
        X509_gmtime_adj(now.get(), 86400);
        X509_CRL_set1_nextUpdate(list.get(), now.get());
        for (certificate const* each : revoked) {
            X509_REVOKED* const entry = X509_REVOKED_new();
            X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(each->made_.get()));
            X509_REVOKED_set_revocationDate(
                entry, const_cast<ASN1_TIME*>(X509_CRL_get0_lastUpdate(list.get())));
            X509_CRL_add0_revoked(list.get(), entry);
        }
        demand(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0);
        owned<BIO> const out{BIO_new(BIO_s_mem())};
        demand(PEM_write_bio_X509_CRL(out.get(), list.get()) == 1);
        return text(out.get());
    }

private:
    [[nodiscard]] static owned<EVP_PKEY> make_key(key_kind kind)
    {
        switch (kind) {
        case key_kind::ed25519:
            return owned<EVP_PKEY>{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
        case key_kind::rsa:
            return owned<EVP_PKEY>{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})};
        case key_kind::rsa_pss: {
            EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr);
            EVP_PKEY* made = nullptr;
            EVP_PKEY_keygen_init(context);
            EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048);
            demand(EVP_PKEY_generate(context, &made) == 1);
            EVP_PKEY_CTX_free(context);
            return owned<EVP_PKEY>{made};
        }
        case key_kind::ec:
            break;
        }
        return owned<EVP_PKEY>{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    }

    static void add(X509* to, int what, std::string const& value)
    {
        X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
        demand(made != nullptr && X509_add_ext(to, made, -1) == 1);
        X509_EXTENSION_free(made);
    }

    [[nodiscard]] static std::string text(BIO* from)
    {
        char* data = nullptr;
        auto const size = static_cast<std::size_t>(BIO_get_mem_data(from, &data));
        return {data, size};
    }

    owned<EVP_PKEY> key_;
    owned<X509> made_;
};

/// A directory of our own, gone with the object, for the files that options name.
class file_directory
{
public:
    file_directory()
    {
        char path[] = "/tmp/pgcoro-tls-XXXXXX";
        if (::mkdtemp(path) == nullptr)
            throw std::runtime_error{"no directory"};
        path_ = path;
    }
    file_directory(file_directory const&) = delete;
    file_directory& operator=(file_directory const&) = delete;
    ~file_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string const& path() const { return path_; }
    /// Writes a file, that nobody else may read, and gives its path.
    std::string write(std::string const& name, std::string const& content) const
    {
        std::string const file = path_ + '/' + name;
        std::filesystem::create_directories(std::filesystem::path{file}.parent_path());
        std::ofstream{file, std::ios::binary | std::ios::trunc} << content;
        std::filesystem::permissions(
            file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        return file;
    }

private:
    std::string path_;
};
