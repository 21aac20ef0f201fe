using Blockwire.Cli.Configuration;
using Blockwire.Cli.Logging;
using Blockwire.Cli.Serving;
using Blockwire.Initiator;
using Blockwire.Protocol.Authentication;
using Blockwire.Trace.Capture;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Clients;

/// <summary>What all client commands share: log, signals, capture, who we are, and how failures are told.</summary>
internal static class ClientRun
{
    /// <summary>Runs a client command.</summary>
    /// <param name="arguments">What all are told.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="where">The URL that failures are about; null when they tell themselves.</param>
    /// <param name="command">The command; it gets the token that a signal cancels.</param>
    /// <param name="change">Changes how sessions are opened.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="CliException">It failed; the message is the line for the user.</exception>
    public static async Task<int> RunAsync(
        ClientArguments arguments, TextWriter output, TextWriter error, IscsiUrl? where, Func<ClientContext, CancellationToken, Task<int>> command,
        Func<ConnectorSettings, ConnectorSettings>? change = null)
    {
        using TextLogger logger = new(error, arguments.Log, TimeProvider.System);
        using ClientSignals signals = new();
        CaptureFile? capture = TraceTap.Open(arguments.Trace, logger);
        try
        {
            ConnectorSettings settings = Settings(arguments, logger, capture);
            ClientContext context = new(new IscsiConnector(change?.Invoke(settings) ?? settings), output, error, arguments.Json, logger);
            return await command(context, signals.Stop);
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            throw new CliException("interrupted");
        }
        catch (Exception failure) when (ClientFailures.Explain(failure, where) is { } line)
        {
            throw new CliException(line, failure);
        }
        finally
        {
            TraceTap.Close(capture, logger);
        }
    }

    /// <summary>The environment as URLs are read with it.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    private static ConnectorSettings Settings(ClientArguments arguments, ILogger logger, CaptureFile? capture)
    {
        ConnectorSettings settings;
        if (arguments.Initiator is { } name)
        {
            settings = new ConnectorSettings { InitiatorName = name, Isids = new IsidRegistry(StateFolder.Find(Variable)) };
        }
        else
        {
            settings = ConnectorSettings.FromEnvironment(Variable, Environment.MachineName, out IReadOnlyList<string> notes);
            foreach (string note in notes)
            {
                logger.LogWarning("{Note}", note);
            }
        }

        return settings with
        {
            Credentials = Credentials(arguments, logger),
            Connections = arguments.Connections,
            TimeLimit = arguments.Timeout,
            Logger = logger,
            Tap = capture is null ? null : new TraceTap(capture),
        };
    }

    private static ChapInitiatorOptions? Credentials(ClientArguments arguments, ILogger logger)
    {
        if (arguments.ChapFile is not { } file)
        {
            return null;
        }

        ChapPair pair = ChapFileReader.Read(file);
        if (SecretFile.IsReadByOthers(file))
        {
            logger.LogWarning("{File} holds CHAP secrets and every user of this machine can read it: chmod 600", file);
        }

        ChapInitiatorOptions options = new() { Own = pair.User!, Target = pair.Target };
        try
        {
            options.Validate();
            return options;
        }
        catch (ChapOptionsException problem)
        {
            throw new CliException($"{file}: {problem.Message}", problem);
        }
    }
}
