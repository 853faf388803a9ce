using System.Threading.Channels;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Access;

/// <summary>Writes down when tokens were last used, to the minute, behind the requests' backs. What does not fit its queue is noted at the next use.</summary>
internal sealed class TokenUse(AccessStore store, DatabaseReadiness readiness, ILogger<TokenUse> logger) : BackgroundService
{
    private const int Capacity = 256;

    private readonly Channel<string> _used = Channel.CreateBounded<string>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Note(string id) => _used.Writer.TryWrite(id);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        while (await _used.Reader.WaitToReadAsync(stoppingToken))
        {
            var ids = new HashSet<string>(StringComparer.Ordinal);
            while (_used.Reader.TryRead(out var id))
            {
                ids.Add(id);
            }
            try
            {
                foreach (var id in ids)
                {
                    await store.TouchTokenAsync(id, stoppingToken);
                }
            }
            // Whatever it was: the time of use is not worth the whole service, and the next use is noted again.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (DatabaseFailure.IsTemporary(e))
                {
                    AccessLog.UseNotNoted(logger, ids.Count, e.Message);
                }
                else
                {
                    AccessLog.UseFailed(logger, e, ids.Count);
                }
            }
        }
    }
}
