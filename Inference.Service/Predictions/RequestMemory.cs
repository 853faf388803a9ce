using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// Counts the bytes of large requests that are held at the same time, as received and as decoded, so that many of them, each within its own limit and each as slow as it may be, do not take all memory.
/// Small requests are not counted: it would cost each of them more than it would tell.
/// </summary>
internal sealed class RequestMemory
{
    private const int UncountedBytes = 1 << 20;

    private long _heldBytes;

    public RequestMemory(IOptions<InferenceOptions> options)
    {
        var limits = options.Value;
        LimitBytes =
            limits.MaxHeldRequestBytes > 0
                ? limits.MaxHeldRequestBytes
                : Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 4L * limits.MaxRequestBytes);
    }

    /// <summary>The most that large requests may hold together, in bytes.</summary>
    public long LimitBytes { get; }

    /// <summary>What large requests hold now, in bytes.</summary>
    public long HeldBytes => Interlocked.Read(ref _heldBytes);

    /// <summary>Lets a request, which holds <paramref name="held"/> by this count, grow to so many bytes; throws with 503 where there is no room for them.</summary>
    public void Grow(ref long held, long bytes)
    {
        if (bytes <= UncountedBytes || bytes <= held)
        {
            return;
        }
        var more = bytes - held;
        if (Interlocked.Add(ref _heldBytes, more) > LimitBytes)
        {
            Interlocked.Add(ref _heldBytes, -more);
            throw new RequestRefusedException(
                StatusCodes.Status503ServiceUnavailable,
                $"large requests take {LimitBytes} bytes already, as many as they may ({InferenceOptions.Section}:{nameof(InferenceOptions.MaxHeldRequestBytes)})"
            );
        }
        held = bytes;
    }

    /// <summary>Takes a request out of the count.</summary>
    public void Release(ref long held)
    {
        if (held > 0)
        {
            Interlocked.Add(ref _heldBytes, -held);
            held = 0;
        }
    }
}
