using Slipway.Contracts.Messages;
using Slipway.Contracts.Training;
using Slipway.Messaging;
using Slipway.Testing;
using Slipway.Training.Worker.Storage;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Jobs;

public sealed class TrainModelConsumerTests : JobFixture
{
    [Fact]
    public async Task Consume_AfterASucceededJob_TrainsItAnewOnMoreData()
    {
        await using var host = await StartAsync();
        Registry.DatasetsOfEndpoints["bikes"] = "a,b,outcome\n1,2,3\n";
        var first = await SucceedAsync(host);
        var message = Message() with { PromoteTo = "production" };

        await host.Get<IMessagePublisher>().PublishAsync(message, default);
        var job = await host.EndedAsync(message.Id);

        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.Equal([.. first.Request.Datasets, "predictions:/bikes?from=2011-05-01T00%3A00%3A00Z"], job.Request.Datasets);
        Assert.Equal(("drift", "production", 2), (job.Request.Reason, job.Request.PromoteTo, job.ModelVersion));
    }

    [Fact]
    public async Task Consume_ForAVersion_StartsFromTheJobThatMadeIt()
    {
        await using var host = await StartAsync();
        Registry.DatasetsOfEndpoints["bikes"] = "a,b,outcome\n1,2,3\n";
        var first = await SucceedAsync(host);
        var second = Message();
        await host.Get<IMessagePublisher>().PublishAsync(second, default);
        await host.EndedAsync(second.Id);
        var message = Message() with
        {
            Version = first.ModelVersion,
            Dataset = "predictions:/bikes?from=2011-05-01T00:00:00Z&to=2011-06-01T00:00:00Z",
        };

        await host.Get<IMessagePublisher>().PublishAsync(message, default);
        var job = await host.EndedAsync(message.Id);

        Assert.Equal(
            [.. first.Request.Datasets, "predictions:/bikes?from=2011-05-01T00%3A00%3A00Z&to=2011-06-01T00%3A00%3A00Z"],
            job.Request.Datasets
        );
    }

    [Fact]
    public async Task Consume_TheSameMessageAgain_ChangesNothing()
    {
        await using var host = await StartAsync();
        Registry.DatasetsOfEndpoints["bikes"] = "a,b,outcome\n1,2,3\n";
        await SucceedAsync(host);
        var message = Message();
        var publisher = host.Get<IMessagePublisher>();

        await publisher.PublishAsync(message, default);
        await publisher.PublishAsync(message with { Reason = "a second delivery" }, default);
        var job = await host.EndedAsync(message.Id);
        await publisher.PublishAsync(message, default);

        Assert.Equal("drift", job.Request.Reason);
        Assert.Equal(2, (await host.Client.ListAsync()).Jobs.Count);
        Assert.Equal(job.EndedAt, (await host.Client.FindAsync(message.Id))!.EndedAt);
        Assert.Equal(2, Registry.Versions.Count);
    }

    [Fact]
    public async Task Consume_WithoutASucceededJob_LeavesAFailedJobUnderItsId()
    {
        await using var host = await StartAsync();
        var message = Message();

        await host.Get<IMessagePublisher>().PublishAsync(message, default);

        var job = (await host.Client.FindAsync(message.Id))!;
        Assert.Equal((JobStatus.Failed, "no_previous_job"), (job.Status, job.ErrorCode));
        Assert.NotNull(job.EndedAt);
        Assert.Empty(Registry.Runs);
    }

    [Theory]
    [InlineData("http://somewhere/rows.csv", null, "bad_dataset")]
    [InlineData("predictions:/bikes", "staging", "unknown_environment")]
    public async Task Consume_OfARequestThatCannotBeFollowed_LeavesAFailedJob(string dataset, string? promoteTo, string code)
    {
        await using var host = await StartAsync();
        await SucceedAsync(host);
        var message = Message() with { Dataset = dataset, PromoteTo = promoteTo };

        await host.Get<IMessagePublisher>().PublishAsync(message, default);

        var job = (await host.Client.FindAsync(message.Id))!;
        Assert.Equal((JobStatus.Failed, code), (job.Status, job.ErrorCode));
    }

    [Fact]
    public async Task Consume_OverTheBroker_TakesTheMessageFromItsQueue()
    {
        var broker = TestBroker.Require();
        await using var host = await StartAsync(
            ("ConnectionStrings:rabbitmq", broker.ConnectionString),
            ("Messaging:Prefix", broker.Prefix)
        );
        var message = Message();

        await host.Get<IMessagePublisher>().PublishAsync(message, default);

        Assert.Equal("no_previous_job", (await host.EndedAsync(message.Id)).ErrorCode);
    }

    private static async Task<TrainingJob> SucceedAsync(TrainingHost host)
    {
        var job = await host.EndedAsync((await host.Client.SubmitAsync(TrainingHost.Request())).Id);
        Assert.Equal(JobStatus.Succeeded, job.Status);
        return job;
    }

    private static TrainModel Message() =>
        new()
        {
            Id = Guid.NewGuid(),
            At = new DateTimeOffset(2011, 7, 1, 0, 0, 0, TimeSpan.Zero),
            Model = "bikes",
            Dataset = "predictions:/bikes?from=2011-05-01",
            Reason = "drift",
        };
}
