using Slipway.ServiceDefaults.Workers;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Wakes the window pass: rows have arrived.</summary>
internal sealed class WindowSignal : WakeSignal;
