using Slipway.ServiceDefaults.Workers;

namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>Wakes the retrain pass: a request has been written.</summary>
internal sealed class RetrainSignal : WakeSignal;
