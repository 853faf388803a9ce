using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>What an evaluation changed: alerts raised or cleared, and the retrain requests made.</summary>
internal sealed record AlertChanges(IReadOnlyList<AlertRow> Alerts, IReadOnlyList<RetrainRow> Retrains);
