using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Artifacts.Multipart;

/// <summary>Chooses the parts that a completion names among those that were received.</summary>
internal static class MultipartParts
{
    /// <summary>In the order of their numbers, whatever order the request has.</summary>
    public static IReadOnlyList<UploadPart> Choose(IReadOnlyList<MlflowRequest> named, IReadOnlyList<UploadPart> received)
    {
        if (named.Count == 0)
        {
            throw MlflowRefusal.Missing("parts");
        }
        var byNumber = received.ToDictionary(part => part.Number);
        var chosen = new SortedDictionary<int, UploadPart>();
        foreach (var part in named)
        {
            var number = part.Int64("part_number") ?? throw MlflowRefusal.Missing(part.PathOf("part_number"));
            if (number is < 1 or > MultipartApi.MaxParts || !byNumber.TryGetValue((int)number, out var found))
            {
                throw MlflowRefusal.Invalid($"Part {number} was not received.");
            }
            if (part.RequiredText("etag").Trim('"') != found.Blob.Sha256)
            {
                throw MlflowRefusal.Invalid(
                    $"Part {number} was received with another ETag: send it again, or complete with its last ETag."
                );
            }
            if (!chosen.TryAdd(found.Number, found))
            {
                throw MlflowRefusal.Invalid($"Part {number} is named twice.");
            }
        }
        return [.. chosen.Values];
    }
}
