using System.Security.Cryptography;

namespace Slipway.Inference.Engine.Models;

/// <summary>SHA-256 of files, as lower-case hexadecimal digits: the address of a model's bytes.</summary>
public static class FileDigest
{
    /// <summary>Computes the digest of a file.</summary>
    public static async Task<string> ComputeAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
        var hash = await SHA256.HashDataAsync(file, cancellationToken);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Throws a <see cref="ModelLoadException"/> when the file's digest is not the one recorded.</summary>
    public static async Task VerifyAsync(string path, string expected, CancellationToken cancellationToken)
    {
        var actual = await ComputeAsync(path, cancellationToken);
        if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelLoadException(
                ModelLoadCodes.DigestMismatch,
                $"'{Path.GetFileName(path)}' has SHA-256 {actual}, but {expected} was recorded."
            );
        }
    }
}
