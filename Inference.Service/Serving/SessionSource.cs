using System.Security.Cryptography;
using System.Text;
using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>A version's session each time that it is needed: its files are had, and checked, anew, since a cache may have dropped them meanwhile.</summary>
internal sealed class SessionSource(
    ServedModelVersion version,
    IModelFiles files,
    Func<string> keyOf,
    Func<string, CancellationToken, Task<IModelBackend>> open
) : IModelSource
{
    private string _folder = "";
    private string? _memoryKey;

    /// <summary>The session's; throws what opening the model would where its configuration makes no sense.</summary>
    public string MemoryKey => _memoryKey ??= keyOf();

    /// <summary>Equal for versions of the same bytes: the names, numbers and configurations of models are no part of it.</summary>
    public static string KeyOf(ServedModelVersion version)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(version.ModelFile));
        foreach (var file in version.Files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{file.Path}\0{file.Sha256}"));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        _folder = await files.GetAsync(version, cancellationToken);
        return version.Files.Sum(file => file.SizeBytes);
    }

    public Task<IModelBackend> OpenAsync(CancellationToken cancellationToken) => open(_folder, cancellationToken);
}
