namespace Slipway.Registry.Api.Mlflow;

/// <summary>Reads <c>max_results</c>.</summary>
internal static class PageSize
{
    /// <summary>From 1 to <paramref name="max"/>; <paramref name="fallback"/> where it is absent (0: it must be given).</summary>
    public static int Read(MlflowRequest request, int fallback, int max)
    {
        var size = request.Int64("max_results") ?? fallback;
        return size >= 1 && size <= max
            ? (int)size
            : throw MlflowRefusal.Invalid(
                $"Invalid value {size} for parameter 'max_results' supplied. It must be a positive integer of at most {max}."
            );
    }
}
