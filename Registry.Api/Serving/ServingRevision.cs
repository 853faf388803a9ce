using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Serving;

/// <summary>Counts changes of the serving state in the transaction that makes them, so that no reader can see a change under an old revision.</summary>
internal sealed class ServingRevision(ServingNotifier notifier)
{
    /// <summary>Counts the change, commits, and tells everybody.</summary>
    public async Task CommitAsync(RegistryDb db, IDbContextTransaction transaction, CancellationToken ct)
    {
        var revision = await db
            .Database.SqlQuery<long>($"""UPDATE serving_revision SET revision = revision + 1 RETURNING revision AS "Value" """)
            .ToListAsync(ct);
        await transaction.CommitAsync(ct);
        notifier.Committed(revision[0]);
    }
}
