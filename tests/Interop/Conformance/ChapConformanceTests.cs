using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Conformance;

/// <summary>
/// Goal: what logs in, and logs in again, goes well at a target that asks for CHAP, one way and mutual. Method: the tests of libiscsi's suite that are about sessions, and those that
/// need two of them.
/// </summary>
public sealed class ChapConformanceTests : IAsyncLifetime
{
    private const string User = "alice", Secret = "secretofalice1", TargetUser = "disk", TargetSecret = "secretofthedisk1";

    private static readonly string[] Suites = ["iSCSIcmdsn.", "iSCSIdatasn.", "iSCSIResiduals.", "iSCSITMF.AbortTask", "MultipathIO.", "Reserve6.", "ProutReserve.Access", "Mandatory."];
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-chap-").FullName;
    private ServerProcess? _server;

    public static TheoryData<string> Tests()
    {
        string[] tests = [.. ConformanceTool.Tests.Where(static test => Suites.Any(suite => test.StartsWith(suite, StringComparison.Ordinal)))];
        return tests.Length == 0 ? new([ConformanceTool.Program]) : new(tests);
    }

    public async ValueTask InitializeAsync()
    {
        string chap = Path.Combine(_folder, "chap");
        await File.WriteAllTextAsync(chap, $"{User}:{Secret}\n{TargetUser}:{TargetSecret}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(chap, UnixFileMode.UserRead | UnixFileMode.UserWrite); // the server warns of a file that others can read
        }

        // A disk for each way of logging in: MultipathIO.CompareAndWrite leaves its last block as it must not find it.
        _server = await ServerProcess.StartAsync(["memory:64M", "memory:64M"], 0, "--chap-file", chap);
    }

    [Theory, MemberData(nameof(Tests))]
    public async Task ATestOfTheSuitePasses(string test)
    {
        Peer.Require(ConformanceTool.Program);
        string[] urls = [.. _server!.Units.Select(static unit => $"iscsi://{User}%{Secret}@{unit.Portal}/{unit.TargetName}/{unit.Lun}")];
        urls[1] += $"?target_user={TargetUser}&target_password={TargetSecret}";
        foreach (string url in urls)
        {
            ConformanceResult result = await ConformanceTool.RunAsync(test, test.StartsWith("MultipathIO.", StringComparison.Ordinal) ? [url, url] : [url]);
            Assert.True(result.Outcome == ConformanceOutcome.Passed, $"{url}: {result.Outcome}\n{result.Process}\n--- server\n{_server.Log}");
        }
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
