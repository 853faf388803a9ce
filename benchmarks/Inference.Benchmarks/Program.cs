using Slipway.Inference.Benchmarks;
using Slipway.Inference.Benchmarks.Scenarios;
using Slipway.Inference.Benchmarks.Servers;

return args switch
{
    ["serve", .. var rest] => await ServiceRole.RunAsync(rest),
    ["host"] => await HostRole.RunAsync(),
    ["empty", var port] => await EmptyRole.RunAsync(port),
    ["raw", var model, var rows, var callers, var threads, var seconds] => RawRole.Run(model, rows, callers, threads, seconds),
    _ => BenchmarkOptions.Parse(args) switch
    {
        { SoakTime: { } time } options => await Soak.RunAsync(options, time),
        { } options => await Comparison.RunAsync(options),
        null => BenchmarkOptions.Refuse(),
    },
};
