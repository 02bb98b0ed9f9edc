#pragma once

#include "host_name.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro {

struct general_names_free
{
    void operator()(GENERAL_NAMES* what) const noexcept { GENERAL_NAMES_free(what); }
};

[[nodiscard]] inline std::string_view as_view(ASN1_STRING const* text) noexcept
{
    return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(text)),
        static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// Whether a certificate is made out for a host; `names` becomes those that it is made out for.
/// The common name counts only if there is no alternative name of the host's kind.
/// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBQ-SSL-CERTIFICATES
[[nodiscard]] inline bool is_made_out_for(
    X509 const* certificate, std::string const& host, std::string& names)
{
    auto const address = as_address(host);
    auto const add = [&](std::string_view name) {
        names.append(names.empty() ? "\"" : ", \"").append(name).append("\"");
    };
    bool common_name_counts = true;
    std::unique_ptr<GENERAL_NAMES, general_names_free> const alternatives{
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
        GENERAL_NAME const* const each = sk_GENERAL_NAME_value(alternatives.get(), i);
        if (each->type == GEN_DNS) {
            std::string_view const name = as_view(each->d.dNSName);
            common_name_counts = common_name_counts && address;
            if (names_host(name, host))
                return true;
            add(name);
        } else if (each->type == GEN_IPADD) {
            common_name_counts = common_name_counts && !address;
            if (address && as_view(each->d.iPAddress) == address->view())
                return true;
        }
    }
    if (!common_name_counts)
        return false;
    X509_NAME const* const subject = X509_get_subject_name(certificate);
    int const place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (place < 0)
        return false;
    std::string_view const name =
        as_view(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
    add(name);
    return names_host(name, host);
}

/// What a login is bound to, so that nobody can sit between: the certificate's hash, by the hash
/// function of its signature, but at least SHA-256. Empty if the signature has none of its own, as
/// Ed25519: the binding is not defined then.
/// https://www.rfc-editor.org/rfc/rfc5929#section-4.1
[[nodiscard]] inline std::vector<std::byte> hash_for_binding(X509 const* certificate)
{
    int digest = NID_undef;
    // The only question that also finds the hash in the parameters of RSA-PSS.
    if (X509_get_signature_info(
            const_cast<X509*>(certificate), &digest, nullptr, nullptr, nullptr) != 1 ||
        digest == NID_undef)
        return {};
    EVP_MD const* const function =
        digest == NID_md5 || digest == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(digest);
    std::vector<std::byte> hash(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    if (function == nullptr || X509_digest(certificate, function,
                                   reinterpret_cast<unsigned char*>(hash.data()), &size) != 1)
        size = 0;
    hash.resize(size);
    return hash;
}

} // namespace pgcoro
