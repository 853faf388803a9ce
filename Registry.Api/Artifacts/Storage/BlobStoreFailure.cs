using System.Net;
using Amazon.Runtime;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>Tells failures of an S3 service that will pass (away, overloaded) from those that will not (no such bucket, no access).</summary>
internal static class BlobStoreFailure
{
    public static bool IsTemporary(Exception exception) =>
        exception switch
        {
            AmazonServiceException service => service.StatusCode
                is 0
                    or HttpStatusCode.TooManyRequests
                    or >= HttpStatusCode.InternalServerError
                && service.StatusCode != HttpStatusCode.NotImplemented,
            HttpRequestException => true,
            _ => false,
        };
}
