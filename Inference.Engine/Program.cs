using Slipway.Inference.Engine.Vetting;

if (args is not ["vet", ..] || VettingOptions.Parse(args.AsSpan(1)) is not { } options)
{
    await Console.Error.WriteLineAsync(VettingOptions.Usage);
    return 2;
}

return await VettingProcess.RunAsync(options, Console.Out, TimeProvider.System);
