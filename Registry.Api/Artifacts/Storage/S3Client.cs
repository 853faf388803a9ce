using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>Makes the client of the S3 service that the options name.</summary>
internal static class S3Client
{
    public static AmazonS3Client Create(S3Options options)
    {
        var config = new AmazonS3Config
        {
            // The registry checks digests of its own; older services do not know the checksums that the client would add.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 3,
        };
        if (options.ServiceUrl is { } url)
        {
            config.ServiceURL = url.AbsoluteUri.TrimEnd('/');
            config.AuthenticationRegion = options.Region;
            config.ForcePathStyle = true;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }
        var client = options is { AccessKey: { Length: > 0 } access, SecretKey: { Length: > 0 } secret }
            ? new AmazonS3Client(new BasicAWSCredentials(access, secret), config)
            : new AmazonS3Client(config);
        client.BeforeRequestEvent += KeepSlashesOfCopySource;
        return client;
    }

    /// <summary>Amazon's service takes the source of a copy in either form; some others look for its slash before they decode it.</summary>
    private static void KeepSlashesOfCopySource(object sender, RequestEventArgs e)
    {
        const string header = "x-amz-copy-source";
        if (e is WebServiceRequestEventArgs request && request.Headers.TryGetValue(header, out var source))
        {
            request.Headers[header] = source.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        }
    }
}
