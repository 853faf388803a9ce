using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>Hashes passwords with the framework's PBKDF2 (HMAC-SHA-512, a salt each), and says which passwords are no good.</summary>
internal static class Passwords
{
    public const int MinLength = 12;
    private const int MaxLength = 1024;

    // OWASP's number for HMAC-SHA-512.
    private const int Iterations = 210_000;

    private static readonly PasswordHasher<string> s_hasher = new(
        Options.Create(new PasswordHasherOptions { IterationCount = Iterations })
    );

    // Compared with where there is no such user, so that the time tells nothing.
    private static readonly Lazy<string> s_nobody = new(() => Hash(Guid.NewGuid().ToString()));

    public static string Hash(string password) => s_hasher.HashPassword("", password);

    /// <summary>Takes as long for a user who does not exist (no hash).</summary>
    public static bool Verify(string? hash, string password) =>
        s_hasher.VerifyHashedPassword("", hash ?? s_nobody.Value, password) != PasswordVerificationResult.Failed && hash is not null;

    /// <summary>Why a password cannot be taken; null where it can.</summary>
    public static string? Fault(string user, string password) =>
        password.Length is < MinLength or > MaxLength ? $"a password has {MinLength} to {MaxLength} characters."
        : password.Distinct().Count() < 4 ? "the password has too few different characters."
        : user.Length > 0 && password.Equals(user, StringComparison.OrdinalIgnoreCase) ? "the password is the user's name."
        : null;
}
