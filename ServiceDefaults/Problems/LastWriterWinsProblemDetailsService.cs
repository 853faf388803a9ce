using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>
/// Gives every problem a <c>code</c> and a <c>traceId</c>, then asks the writers from the last registered to the first: a service whose routes answer errors in
/// another shape registers an <see cref="IProblemDetailsWriter"/> that <c>CanWrite</c> for those routes. The framework's own writer refuses when the caller's Accept header
/// has no JSON; an error without a body helps nobody, so it then writes all the same.
/// </summary>
internal sealed class LastWriterWinsProblemDetailsService(IEnumerable<IProblemDetailsWriter> writers) : IProblemDetailsService
{
    private readonly IProblemDetailsWriter[] _writers = [.. writers.Reverse()];

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        if (!await TryWriteAsync(context))
        {
            throw new InvalidOperationException("The response has already started: the problem cannot be written.");
        }
    }

    public async ValueTask<bool> TryWriteAsync(ProblemDetailsContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var http = context.HttpContext;
        if (http.Response.HasStarted)
        {
            return false;
        }

        if (context.Exception is BadHttpRequestException bad)
        {
            // Development's exception page comes here by itself, with all headers of the request; a client's mistake reads the same in every environment.
            context.ProblemDetails.Extensions.Remove("exception");
            BadRequestProblem.Describe(bad, context.ProblemDetails);
        }

        Complete(context.ProblemDetails, http);
        // The framework's own writer was registered first: it knows the service's JSON options, and so extensions of every kind.
        await (Array.Find(_writers, writer => writer.CanWrite(context)) ?? _writers[^1]).WriteAsync(context);
        return true;
    }

    private static void Complete(ProblemDetails problem, HttpContext http)
    {
        problem.Status ??= http.Response.StatusCode;
        problem.Title ??= ReasonPhrases.GetReasonPhrase(problem.Status.Value);
        problem.Extensions.TryAdd("code", ProblemCodes.For(problem.Status.Value));
        problem.Extensions.TryAdd("traceId", Activity.Current?.Id ?? http.TraceIdentifier);
    }
}
