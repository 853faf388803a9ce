using Slipway.Monitoring.Worker.Waking;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Wakes the window pass: rows have arrived.</summary>
internal sealed class WindowSignal : WakeSignal;
