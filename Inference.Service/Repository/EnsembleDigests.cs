using System.Security.Cryptography;
using System.Text;
using Slipway.Contracts.Serving;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// Puts the digests of an ensemble's steps into its own, so that an ensemble whose step changes is another version of it: it is loaded over the new models beside the one
/// that serves.
/// </summary>
internal static class EnsembleDigests
{
    /// <summary>The versions of all entries, those of ensembles with the digests of what they call.</summary>
    public static IReadOnlyList<ServedModelVersion> Resolve(IReadOnlyDictionary<string, RepositoryEntry> entries)
    {
        var known = new Dictionary<(string, int), string>();
        return
        [
            .. entries.Values.SelectMany(entry =>
                entry.Versions.Select(version =>
                    ModelConfigFile.IsEnsemble(entry.Model.Config)
                        ? version with
                        {
                            Digest = DigestOf(entry, version, entries, known, []),
                        }
                        : version
                )
            ),
        ];
    }

    /// <summary>The version of a model that a step calls; null where there is none.</summary>
    public static ServedModelVersion? Choose(IEnumerable<ServedModelVersion> versions, long wanted) =>
        wanted > 0 ? versions.FirstOrDefault(version => version.Version == wanted) : versions.MaxBy(version => version.Version);

    private static string DigestOf(
        RepositoryEntry entry,
        ServedModelVersion version,
        IReadOnlyDictionary<string, RepositoryEntry> entries,
        Dictionary<(string, int), string> known,
        HashSet<(string, int)> path
    )
    {
        var key = (version.Model, version.Version);
        if (!ModelConfigFile.IsEnsemble(entry.Model.Config))
        {
            return version.Digest;
        }
        if (known.TryGetValue(key, out var found))
        {
            return found;
        }
        if (!path.Add(key))
        {
            // Ensembles that call each other are refused when they are loaded.
            return "circle";
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(version.Digest));
        foreach (var step in entry.Model.Config.EnsembleScheduling?.Step ?? [])
        {
            var called = entries.TryGetValue(step.ModelName, out var other) ? Choose(other.Versions, step.ModelVersion) : null;
            var digest = called is null ? "none" : DigestOf(other!, called, entries, known, path);
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{step.ModelName}\0{called?.Version}\0{digest}"));
        }
        path.Remove(key);
        return known[key] = Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
