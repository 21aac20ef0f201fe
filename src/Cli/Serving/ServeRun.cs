using System.Net;
using Blockwire.Cli.CommandLine;
using Blockwire.Cli.Configuration;
using Blockwire.Cli.Logging;
using Blockwire.Scsi.Device;
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
            await ServeAsync(arguments, plan, output, logger, signals, cancellationToken);
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            // Asked to stop while it was still starting: that is a clean stop too.
        }

        return ExitStatus.Done;
    }

    private static async Task ServeAsync(
        ServeArguments arguments, ServePlan plan, TextWriter output, TextLogger logger, StopSignals signals, CancellationToken cancellationToken)
    {
        List<PortalOptions> portals = [];
        foreach (PortalPlan portal in plan.Portals)
        {
            portals.Add(new(await PortalResolver.ResolveAsync(portal.Address, signals.Stop), portal.GroupTag));
        }

        using RuntimePauses? pauses = logger.IsEnabled(LogLevel.Debug) ? new() : null;
        await using OpenTargets open = await OpenTargets.OpenAsync(plan.Targets, plan.State, logger, signals.Stop);
        CaptureFile? capture = TraceTap.Open(plan.Trace, logger);
        try
        {
            await using TargetServer server = Make(Options(plan, portals, open, capture), logger);
            try
            {
                await server.StartAsync(signals.Stop);
            }
            catch (PortalException failure)
            {
                throw new CliException(failure.Message, failure);
            }

            DiskUpkeep upkeep = new(arguments, plan.State, open, server, logger);
            // Whoever reads that it is ready may send SIGHUP at once.
            signals.Hangup = upkeep.Reload;
            await ReadyLines.WriteAsync(output, ReadyLines.Format(server.Portals, open.Units));
            Task keeping = upkeep.RunAsync(signals.Stop);
            await signals.WaitAsync(cancellationToken);
            await keeping;
            await server.StopAsync(plan.Drain);
        }
        finally
        {
            TraceTap.Close(capture, logger);
        }

        await open.FlushAsync();
        if (pauses is not null)
        {
            logger.LogDebug("{Pauses}", pauses);
        }

        logger.LogInformation("stopped");
    }

    private static void WarnOfReaders(ServeArguments arguments, ServePlan file, ILogger logger)
    {
        foreach (FileInfo? secrets in new[] { arguments.ChapFile, file.ChapScopes.Count > 0 ? arguments.Configuration : null })
        {
            if (secrets is not null && SecretFile.IsReadByOthers(secrets))
            {
                logger.LogWarning("{File} holds CHAP secrets and every user of this machine can read it: chmod 600", secrets);
            }
        }
    }

    private static TargetServer Make(TargetServerOptions options, ILogger logger)
    {
        try
        {
            return new(options, logger, TimeProvider.System);
        }
        catch (UnitStateException damaged)
        {
            throw new CliException(damaged.Message, damaged);
        }
    }

    private static void EndAtOnce(TextLogger logger)
    {
        logger.Dispose();
        Environment.Exit(ExitStatus.Failed);
    }

    private static TargetServerOptions Options(ServePlan plan, IReadOnlyList<PortalOptions> portals, OpenTargets open, CaptureFile? capture)
    {
        TargetServerOptions options = new()
        {
            Portals = portals,
            Targets = open.Targets,
            DiscoveryChap = plan.DiscoveryChap,
            AllowTargetReset = plan.AllowTargetReset,
            Offers = plan.Offers,
            Tap = capture is null ? null : new TraceTap(capture),
        };
        options = plan.LoginTimeout is { } login ? options with { LoginTimeout = login } : options;
        return plan.IdleProbe is { } idle ? options with { Session = options.Session with { IdleBeforeProbe = idle } } : options;
    }
}
