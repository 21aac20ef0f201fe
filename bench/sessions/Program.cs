using System.Diagnostics;
using System.Net;
using Blockwire.Bench.Sessions;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

if (Options.Read(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

await using ServerProcess server = await ServerProcess.StartAsync(options.Program!, ["memory:256M"], 0, ["--log", "error"]);
IPEndPoint portal = server.Portal;
using (IdleSession.Open(portal, LoginOf(-1), options.Reads))
{
    // The first login pays for what is compiled and loaded then.
}

await Task.Delay(TimeSpan.FromSeconds(1));
ServerCost empty = ServerCost.Of(server.ProcessId);
Print("before", $"{Mib(empty.ResidentBytes)} MiB resident");

long begun = Stopwatch.GetTimestamp();
List<IdleSession> sessions = [];
for (int i = 0; i < options.Sessions; i++)
{
    sessions.Add(IdleSession.Open(portal, LoginOf(i), options.Reads));
}

Print("opened", $"{sessions.Count} sessions in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
await Task.Delay(TimeSpan.FromSeconds(3));
ServerCost full = ServerCost.Of(server.ProcessId);
Print("after", $"{Mib(full.ResidentBytes)} MiB resident, {(full.ResidentBytes - empty.ResidentBytes) / Math.Max(1, sessions.Count)} bytes a session");

double[] logins = [.. Enumerable.Range(options.Sessions, options.Logins).Select(i => LoginProbe.Measure(portal, LoginOf(i)).TotalMilliseconds).Order()];
if (logins.Length > 0)
{
    Print("login", $"median {logins[logins.Length / 2]:0.00} ms, p99 {logins[Math.Max(0, (int)Math.Ceiling(0.99 * logins.Length) - 1)]:0.00} ms, worst {logins[^1]:0.00} ms");
}

ServerCost quiet = ServerCost.Of(server.ProcessId);
await Task.Delay(TimeSpan.FromSeconds(options.IdleSeconds));
ServerCost later = ServerCost.Of(server.ProcessId);
if (options.IdleSeconds > 0)
{
    Print(
        "idle",
        $"{(later.Processor - quiet.Processor).TotalMilliseconds / options.IdleSeconds:0.0} ms of processor time a second, {Mib(later.ResidentBytes)} MiB resident, "
            + $"{sessions.Sum(static it => it.PingsAnswered)} pings of the target answered");
}

begun = Stopwatch.GetTimestamp();
await Task.WhenAll(sessions.Select(static it => it.PingAsync()));
Print("pings", $"all {sessions.Count} sessions answered a NOP-Out in {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0} ms, {Mib(ServerCost.Of(server.ProcessId).ResidentBytes)} MiB resident");
string[] failures = [.. sessions.Select(static it => it.Failure).OfType<string>()];
sessions.ForEach(static it => it.Dispose());
if (failures.Length > 0)
{
    Console.Error.WriteLine($"{failures.Length} sessions failed: {failures[0]}\n{server.Log}");
    return 1;
}

return 0;

// Every session is that of a machine of its own.
RawLogin LoginOf(int number) => new(server.TargetName)
{
    InitiatorName = $"iqn.2026-11.local.blockwire:client-{number}",
    ErrorRecoveryLevel = options.RecoveryLevel,
    DefaultTime2Retain = options.RecoveryLevel > 0 ? 20 : 0,
};

static string Mib(long bytes) => $"{bytes / 1048576.0:0.0}";

static void Print(string what, string words) => Console.WriteLine($"{what,-8}{words}");
