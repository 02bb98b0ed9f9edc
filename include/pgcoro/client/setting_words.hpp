#pragma once

#include "../auth/auth_methods.hpp"
#include "../auth/channel_binding.hpp"
#include "../core/error.hpp"
#include "../net/target_session.hpp"
#include "../net/tls_options.hpp"
#include "connection_settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

/// \file
/// The words that libpq's connection parameters may have for values, in both directions.

namespace pgcoro {

template <class Enum>
struct setting_word
{
    std::string_view word;
    Enum value;
};

inline constexpr setting_word<ssl_mode> ssl_mode_words[] = {{"disable", ssl_mode::disable},
    {"allow", ssl_mode::allow}, {"prefer", ssl_mode::prefer}, {"require", ssl_mode::require},
    {"verify-ca", ssl_mode::verify_ca}, {"verify-full", ssl_mode::verify_full}};
inline constexpr setting_word<ssl_negotiation> ssl_negotiation_words[] = {
    {"postgres", ssl_negotiation::postgres}, {"direct", ssl_negotiation::direct}};
inline constexpr setting_word<client_certificate> client_certificate_words[] = {
    {"disable", client_certificate::disable}, {"allow", client_certificate::allow},
    {"require", client_certificate::require}};
inline constexpr setting_word<channel_binding> channel_binding_words[] = {
    {"disable", channel_binding::disable}, {"prefer", channel_binding::prefer},
    {"require", channel_binding::require}};
inline constexpr setting_word<target_session> target_session_words[] = {
    {"any", target_session::any}, {"read-write", target_session::read_write},
    {"read-only", target_session::read_only}, {"primary", target_session::primary},
    {"standby", target_session::standby}, {"prefer-standby", target_session::prefer_standby}};
inline constexpr setting_word<bool> load_balance_words[] = {{"disable", false}, {"random", true}};
inline constexpr setting_word<bool> switch_words[] = {{"1", true}, {"0", false}};
inline constexpr setting_word<auth_method> auth_method_words[] = {{"none", auth_method::none},
    {"password", auth_method::password}, {"md5", auth_method::md5}, {"gss", auth_method::gss},
    {"sspi", auth_method::sspi}, {"scram-sha-256", auth_method::scram_sha_256}};

/// The end of all complaints about a setting's value.
[[noreturn]] inline void throw_invalid_value(
    connection_settings::setting const& which, std::string const& what)
{
    std::string const shown = is_showable(which.value) ? " \"" + which.value + '"' : std::string{};
    throw options_error{"invalid value" + shown + " for " + which.keyword + which.origin + what};
}

/// Which of the words the value is. Throws options_error, which names them all.
[[nodiscard]] inline std::size_t find_word(
    connection_settings::setting const& which, std::span<std::string_view const> words)
{
    std::string all;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (which.value == words[i])
            return i;
        all += all.empty() ? ": it is one of " : ", ";
        all += words[i];
    }
    std::string_view const near = nearest_spelling(which.value, words);
    throw_invalid_value(
        which, all + (near.empty() ? std::string{} : "; did you mean " + std::string{near} + '?'));
}

/// What the word means that the value is. Throws options_error, which names them all.
template <class Enum, std::size_t Count>
[[nodiscard]] Enum read_word(
    connection_settings::setting const& which, setting_word<Enum> const (&words)[Count])
{
    std::string_view names[Count];
    for (std::size_t i = 0; i < Count; ++i)
        names[i] = words[i].word;
    return words[find_word(which, names)].value;
}

template <class Enum, std::size_t Count>
[[nodiscard]] std::string_view word_for(Enum value, setting_word<Enum> const (&words)[Count])
{
    for (auto const& [word, each] : words)
        if (each == value)
            return word;
    return {};
}

/// The value as a whole number, spaces around it allowed. Throws options_error.
[[nodiscard]] inline int read_integer(connection_settings::setting const& which)
{
    std::string_view text = which.value;
    constexpr std::string_view spaces = " \t\n\r\f\v";
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    text = text.substr(0, text.find_last_not_of(spaces) + 1);
    if (text.starts_with('+') && text.size() > 1 && text[1] != '-')
        text.remove_prefix(1);
    int value = 0;
    auto const [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || stop != text.data() + text.size())
        throw options_error{
            "invalid value for " + which.keyword + which.origin + ": it is a whole number"};
    return value;
}

/// The value as a list of ways to log in, or, each with a !, of those not to. Throws options_error.
[[nodiscard]] inline auth_methods read_auth_methods(connection_settings::setting const& which)
{
    if (which.value.empty())
        return {};
    std::string_view rest = which.value;
    bool const negative = rest.starts_with('!');
    auth_methods allowed = negative ? auth_methods{} : auth_methods({});
    for (bool more = true; more;) {
        std::size_t const comma = rest.find(',');
        more = comma != std::string_view::npos;
        std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(more ? comma + 1 : rest.size());
        if (word.starts_with('!') != negative)
            throw_invalid_value(which, ": either all methods have a ! or none has");
        if (negative)
            word.remove_prefix(1);
        auth_method const method =
            read_word({which.keyword, std::string{word}, which.origin}, auth_method_words);
        if (allowed.allow(method) != negative)
            throw_invalid_value(which, ": it names a method twice");
        if (negative)
            allowed.remove(method);
        else
            allowed.add(method);
    }
    return allowed;
}

/// The same list for a string; empty if all are allowed.
[[nodiscard]] inline std::string auth_methods_text(auth_methods const& allowed)
{
    if (allowed == auth_methods{})
        return {};
    std::string text;
    for (auto const& [word, method] : auth_method_words)
        if (allowed.allow(method))
            text += (text.empty() ? "" : ",") + std::string{word};
    if (text.empty())
        text = "!none,!password,!md5,!gss,!sspi,!scram-sha-256";
    return text;
}

} // namespace pgcoro
