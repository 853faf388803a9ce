using Microsoft.EntityFrameworkCore;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// Takes a model's row lock for the rest of the transaction. Whatever moves aliases, creates or deletes versions, or decides promotions of a model holds it, so
/// that these happen one after the other. The serving revision's row is always locked after it.
/// </summary>
internal static class ModelLock
{
    public static async Task<RegisteredModelRow?> TakeAsync(RegistryDb db, string name, CancellationToken ct) =>
        (await db.Models.FromSql($"SELECT * FROM registered_models WHERE name = {name} FOR UPDATE").ToListAsync(ct)).FirstOrDefault();

    public static async Task<RegisteredModelRow?> TakeAsync(RegistryDb db, long id, CancellationToken ct) =>
        (await db.Models.FromSql($"SELECT * FROM registered_models WHERE id = {id} FOR UPDATE").ToListAsync(ct)).FirstOrDefault();
}
