using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly.Timeout;
using Slipway.Contracts.Http;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Copies;

/// <summary>Makes the copies that were asked for, one after the other. A killed worker's copy is taken up when its lease has run out.</summary>
internal sealed class CopyWorker(
    CopyStore copies,
    CopyRunner runner,
    CopySignal signal,
    IOptions<CopyOptions> options,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<CopyWorker> logger
) : PassWorker(signal, TimeSpan.FromSeconds(options.Value.IntervalSeconds), readiness, time, logger)
{
    private readonly ILogger<CopyWorker> _logger = logger;

    public override async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        if (await copies.ClaimAsync(ct) is not { } claim)
        {
            return false;
        }
        try
        {
            await copies.CompleteAsync(claim, await runner.RunAsync(claim, ct), ct);
        }
        // What is temporary is no failure of the copy: it is taken up again after its lease.
        catch (Exception e) when (!ct.IsCancellationRequested && !DatabaseFailure.IsTemporary(e) && e is not BusyException)
        {
            var expected =
                e is CopyFailedException or HttpRequestException or ApiException or JsonException or MlflowRefusal or IOException;
            var given = expected || e is OperationCanceledException or TimeoutRejectedException;
            RegistryLog.CopyFailed(_logger, given ? null : e, claim.Copy.Id, e.Message);
            await copies.FailAsync(claim, given ? e.Message : "The copy failed inside the registry; its log says why.", ct);
        }
        return true;
    }
}
