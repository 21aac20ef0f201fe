using System.Net;
using Blockwire.Cli.CommandLine;
using Blockwire.Cli.Configuration;
using Blockwire.Cli.Logging;
using Blockwire.Target;
using Blockwire.Trace.Capture;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Serving;

/// <summary>One run of `serve`: opens the disks, serves them, and stops when a signal asks.</summary>
internal static class ServeRun
{
    /// <returns>The exit status.</returns>
    /// <exception cref="CliException">It cannot serve what it was told to.</exception>
    public static async Task<int> RunAsync(ServeArguments arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (arguments.ChapFile is { } chapFile)
        {
            arguments = arguments with { Chap = ChapFileReader.Read(chapFile) };
        }

        ServePlan file = arguments.Configuration is { } configuration ? ConfigurationReader.ReadFile(configuration) : new();
        ServePlan plan = file.With(arguments, ChapEnvironment.Read(Environment.GetEnvironmentVariable));
        using TextLogger logger = new(error, plan.Log, TimeProvider.System);
        WarnOfReaders(arguments, file, logger);
        using StopSignals signals = new(logger, () => EndAtOnce(logger));
        try
        {
            await ServeAsync(plan, output, logger, signals, cancellationToken);
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            // Asked to stop while it was still starting: that is a clean stop too.
        }

        return ExitStatus.Done;
    }

    private static async Task ServeAsync(
        ServePlan plan, TextWriter output, TextLogger logger, StopSignals signals, CancellationToken cancellationToken)
    {
        List<PortalOptions> portals = [];
        foreach (PortalPlan portal in plan.Portals)
        {
            portals.Add(new(await PortalResolver.ResolveAsync(portal.Address, signals.Stop), portal.GroupTag));
        }

        await using OpenTargets open = await OpenTargets.OpenAsync(plan.Targets, plan.State, logger, signals.Stop);
