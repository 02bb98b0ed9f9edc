#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <system_error>

namespace pgcoro {

struct ssl_free
{
    void operator()(SSL* what) const noexcept { SSL_free(what); }
    void operator()(SSL_CTX* what) const noexcept { SSL_CTX_free(what); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_free>;
using ssl_context_ptr = std::unique_ptr<SSL_CTX, ssl_free>;

/// Why OpenSSL's last operation failed, in its words; empties this thread's queue of errors.
[[nodiscard]] inline std::string take_tls_reason()
{
    // The first is the cause, what is above it are consequences.
    unsigned long const code = ERR_get_error();
    ERR_clear_error();
    if (code == 0)
        return "no reason is known";
    if (char const* const reason = ERR_reason_error_string(code))
        return reason;
    if (ERR_SYSTEM_ERROR(code))
        return std::generic_category().message(ERR_GET_REASON(code));
    return "OpenSSL error " + std::to_string(code);
}

} // namespace pgcoro
