namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Names a window of an endpoint.</summary>
internal readonly record struct WindowKey(string Model, int Version, DateTimeOffset Start);
