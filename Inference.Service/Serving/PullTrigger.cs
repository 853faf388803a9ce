using System.Threading.Channels;

namespace Slipway.Inference.Service.Serving;

/// <summary>Carries the hint that the registry has a new serving state to the loop that pulls it.</summary>
internal sealed class PullTrigger
{
    private readonly Channel<long> _revisions = Channel.CreateBounded<long>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    public void Hint(long revision) => _revisions.Writer.TryWrite(revision);

    /// <summary>Waits for a hint of a revision other than <paramref name="known"/>.</summary>
    public async Task WaitAsync(long? known, CancellationToken ct)
    {
        while (await _revisions.Reader.ReadAsync(ct) == known)
        {
            // Old news.
        }
    }
}
