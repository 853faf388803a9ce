namespace Slipway.Registry.Api.Audit;

/// <summary>The audit log's services.</summary>
internal static class AuditServices
{
    public static void AddAudit(this WebApplicationBuilder builder) =>
        builder
            .Services.AddHttpContextAccessor()
            .AddSingleton<ChangeSignal>()
            .AddSingleton<ChangeRecorder>()
            .AddSingleton<AuditChain>()
            .AddSingleton<AuditStore>()
            .AddSingleton<AuditVerifier>()
            .AddHostedService<AuditSealWorker>();
}
