using Xunit;

// Each test starts whole platforms: one at a time on two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
