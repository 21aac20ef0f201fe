using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Conformance;

/// <summary>
/// The one test of the suite that takes more than a minute: it wants an overwrite that outlasts its resets, and then looks once a minute whether that is over. It runs beside the
/// others, at a server of its own, whose disk is so large that to overwrite nothing takes its time.
/// </summary>
/// <remarks>The tool sleeps through that minute and answers no ping, so the server must not ask whether it is still there.</remarks>
public sealed class SlowSanitize : IAsyncDisposable
{
    public const string Test = "Sanitize.Reset";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-sanitize-").FullName;
    private ServerProcess? _server;
    private Task<ConformanceResult>? _run;

    /// <summary>Begins it, unless that was done.</summary>
    public async Task BeginAsync()
    {
        if (_server is null)
        {
            string configuration = Path.Combine(_folder, "serve.json");
            await File.WriteAllTextAsync(configuration, """{ "timeouts": { "idleProbe": 600 } }""");

            // Half a minute's work: it has to outlast the tool's first few seconds, and to be over before the limit; the tool looks once a minute whether it is.
            _server = await ServerProcess.StartAsync(["null:100T"], 0, "--config", configuration);
            ReadyLine unit = _server.Units[0];
            _run = ConformanceTool.RunAsync(Test, Limit, $"iscsi://{unit.Portal}/{unit.TargetName}/{unit.Lun}");
        }
    }

    /// <summary>Begins it, unless that was done, and waits for its verdict.</summary>
    public async Task<ConformanceResult> EndAsync()
    {
        await BeginAsync();
        return await _run!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
