#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// One of libpq's connection parameters.
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
struct connection_keyword
{
    std::string_view name;
    char const* variable; ///< the environment variable that stands in for it, or null
    /// Why a value other than "" is refused; null if it is taken.
    char const* refusal = nullptr;
};

/// All of them, those of PostgreSQL 18 included. What is taken and has no effect here can't make a
/// connection less safe than libpq's: TLS never compresses, Kerberos never encrypts.
inline constexpr connection_keyword connection_keywords[] = {
    {"service", "PGSERVICE"},
    {"servicefile", nullptr}, // PGSERVICEFILE is no setting: it is read where the service is
    {"user", "PGUSER"},
    {"password", "PGPASSWORD"},
    {"passfile", "PGPASSFILE"},
    {"channel_binding", "PGCHANNELBINDING"},
    {"connect_timeout", "PGCONNECT_TIMEOUT"},
    {"dbname", "PGDATABASE"},
    {"host", "PGHOST"},
    {"hostaddr", "PGHOSTADDR"},
    {"port", "PGPORT"},
    {"client_encoding", "PGCLIENTENCODING"},
    {"options", "PGOPTIONS"},
    {"application_name", "PGAPPNAME"},
    {"fallback_application_name", nullptr},
    {"keepalives", nullptr},
    {"keepalives_idle", nullptr},
    {"keepalives_interval", nullptr},
    {"keepalives_count", nullptr},
    {"tcp_user_timeout", nullptr},
    {"sslmode", "PGSSLMODE"},
    {"sslnegotiation", "PGSSLNEGOTIATION"},
    {"sslcompression", "PGSSLCOMPRESSION"},
    {"sslcert", "PGSSLCERT"},
    {"sslkey", "PGSSLKEY"},
    {"sslcertmode", "PGSSLCERTMODE"},
    {"sslpassword", nullptr},
    {"sslrootcert", "PGSSLROOTCERT"},
    {"sslcrl", "PGSSLCRL"},
    {"sslcrldir", "PGSSLCRLDIR"},
    {"sslsni", "PGSSLSNI"},
    {"requirepeer", "PGREQUIREPEER"},
    {"require_auth", "PGREQUIREAUTH"},
    {"min_protocol_version", "PGMINPROTOCOLVERSION"},
    {"max_protocol_version", "PGMAXPROTOCOLVERSION"},
    {"ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"},
    {"ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"},
    {"gssencmode", "PGGSSENCMODE"},
    {"krbsrvname", "PGKRBSRVNAME"},
    {"gsslib", "PGGSSLIB"},
    {"gssdelegation", "PGGSSDELEGATION"},
    {"replication", nullptr},
    {"target_session_attrs", "PGTARGETSESSIONATTRS"},
    {"load_balance_hosts", "PGLOADBALANCEHOSTS"},
    {"sslkeylogfile", nullptr, "the keys of the encryption are not written to files"},
    {"scram_client_key", nullptr, "logging in takes a password, not the keys derived from it"},
    {"scram_server_key", nullptr, "logging in takes a password, not the keys derived from it"},
    {"oauth_issuer", nullptr, "OAuth is not supported; give a token as the password"},
    {"oauth_client_id", nullptr, "OAuth is not supported; give a token as the password"},
    {"oauth_client_secret", nullptr, "OAuth is not supported; give a token as the password"},
    {"oauth_scope", nullptr, "OAuth is not supported; give a token as the password"},
};

/// Null if there is none of that name.
[[nodiscard]] inline connection_keyword const* find_keyword(std::string_view name) noexcept
{
    for (connection_keyword const& each : connection_keywords)
        if (each.name == name)
            return &each;
    return nullptr;
}

[[nodiscard]] inline std::string ascii_lower(std::string_view text)
{
    std::string lower{text};
    for (char& c : lower)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

/// How many letters have to be put in, taken out, changed, or swapped with their neighbour.
[[nodiscard]] inline std::size_t spelling_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::swap(before, above);
        std::swap(above, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] =
                std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

/// The candidate that is spelled most like `word`, or "" if none is like it.
[[nodiscard]] inline std::string_view nearest_spelling(
    std::string_view word, std::span<std::string_view const> candidates)
{
    std::string_view best;
    std::size_t least = word.size() < 5 ? 2 : 3; // a distance below this is a likeness
    for (std::string_view const each : candidates) {
        std::size_t const distance = spelling_distance(word, each);
        if (distance < least && distance < each.size()) {
            least = distance;
            best = each;
        }
    }
    return best;
}

/// What to write in place of an unknown keyword, for the end of a message; "" if we can't tell.
/// Other drivers' words are known.
[[nodiscard]] inline std::string keyword_advice(std::string_view unknown)
{
    std::string const lower = ascii_lower(unknown);
    constexpr std::pair<std::string_view, std::string_view> elsewhere[] = {{"database", "dbname"},
        {"db", "dbname"}, {"username", "user"}, {"uid", "user"}, {"user id", "user"},
        {"pass", "password"}, {"passwd", "password"}, {"pwd", "password"}, {"server", "host"},
        {"hostname", "host"}, {"address", "hostaddr"}, {"timeout", "connect_timeout"},
        {"connecttimeout", "connect_timeout"}, {"applicationname", "application_name"},
        {"encoding", "client_encoding"}, {"ssl", "sslmode"}, {"tls", "sslmode"},
        {"targetservertype", "target_session_attrs"}, {"loadbalancehosts", "load_balance_hosts"}};
    for (auto const& [foreign, ours] : elsewhere)
        if (lower == foreign)
            return "; did you mean " + std::string{ours} + '?';
    for (std::string_view const setting :
        {"schema", "currentschema", "search_path", "statement_timeout", "lock_timeout", "timezone"})
        if (lower == setting)
            return "; settings of the session go into options: options='-c " +
                   std::string{
                       setting.find("schema") != std::string_view::npos ? "search_path" : setting} +
                   "=VALUE'";
    std::vector<std::string_view> names;
    for (connection_keyword const& each : connection_keywords)
        names.push_back(each.name);
    std::string_view const near = nearest_spelling(lower, names);
    return near.empty() ? std::string{} : "; did you mean " + std::string{near} + '?';
}

} // namespace pgcoro
