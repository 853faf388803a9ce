using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Models;

namespace Slipway.Registry.Api.Policies;

/// <summary>What became of a declaration.</summary>
internal enum PutConsumer
{
    Stored,
    UnknownModel,
    TooMany,
}

/// <summary>The programs that have said how they call a model. Null and false mean that there is no such model.</summary>
internal sealed class ConsumerStore(IDbContextFactory<RegistryDb> databases, ModelGate gate, ChangeRecorder recorder, TimeProvider time)
{
    public const int MaxConsumers = 100;

    public static async Task<IReadOnlyList<ConsumerDeclaration>> ReadAsync(RegistryDb db, long modelId, CancellationToken ct)
    {
        var rows = await db.ModelConsumers.Where(c => c.ModelId == modelId).OrderBy(c => c.Name).Select(c => c.Signature).ToListAsync(ct);
        return [.. rows.Select(json => JsonSerializer.Deserialize(json, ContractsJson.Default.ConsumerDeclaration)!)];
    }

    public async Task<IReadOnlyList<ConsumerDeclaration>?> ListAsync(string model, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var id = await db.Models.Where(m => m.Name == model).Select(m => (long?)m.Id).SingleOrDefaultAsync(ct);
        return id is { } modelId ? await ReadAsync(db, modelId, ct) : null;
    }

    public async Task<PutConsumer> PutAsync(string model, ConsumerDeclaration consumer, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(model, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await ModelLock.TakeAsync(db, model, ct) is not { } row)
        {
            return PutConsumer.UnknownModel;
        }
        var known = await db.ModelConsumers.SingleOrDefaultAsync(c => c.ModelId == row.Id && c.Name == consumer.Name, ct);
        var before = known?.Signature;
        if (known is null)
        {
            if (await db.ModelConsumers.CountAsync(c => c.ModelId == row.Id, ct) >= MaxConsumers)
            {
                return PutConsumer.TooMany;
            }
            known = new ModelConsumerRow
            {
                ModelId = row.Id,
                Name = consumer.Name,
                Signature = "",
            };
            db.ModelConsumers.Add(known);
        }
        known.Signature = JsonSerializer.Serialize(consumer, ContractsJson.Default.ConsumerDeclaration);
        known.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, DeliveryChanges.Consumer(model, consumer.Name, before, known.Signature), ct);
        await transaction.CommitAsync(ct);
        return PutConsumer.Stored;
    }

    public async Task<bool> DeleteAsync(string model, string consumer, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(model, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await ModelLock.TakeAsync(db, model, ct) is not { } row)
        {
            return false;
        }
        if (await db.ModelConsumers.SingleOrDefaultAsync(c => c.ModelId == row.Id && c.Name == consumer, ct) is { } known)
        {
            db.ModelConsumers.Remove(known);
            await db.SaveChangesAsync(ct);
            await recorder.RecordAsync(db, DeliveryChanges.Consumer(model, consumer, known.Signature, null), ct);
        }
        await transaction.CommitAsync(ct);
        return true;
    }
}
