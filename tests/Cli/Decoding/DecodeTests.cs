using System.Text.Json;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Decoding;

/// <summary>`blockwire decode` as its users meet it.</summary>
public sealed class DecodeTests : IDisposable
{
    private const string Ping = "40 80 00 00 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00 05 ff ff ff ff 00 00 00 64 00 00 01 f4 "
        + "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 02 03 04";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fields_stand_below_their_PDU_and_the_counts_on_stderr()
    {
        (int status, string output, string error) = await RunAsync(Write(Ping));

        Assert.Equal(0, status);
        Assert.StartsWith("#1 initiator -> target  NOP-Out  immediate  ITT 0x5  TTT none  CmdSN 100  4 bytes\n", output, StringComparison.Ordinal);
        Assert.Contains("    24  CmdSN                              100\n", output, StringComparison.Ordinal);
        Assert.Equal("1 PDU on 1 connection, 0 broken rules\n", error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--brief")]
    public async Task What_a_peer_sent_does_not_act_on_the_terminal(string option)
    {
        // A Login Request with 37 bytes of text.
        string header = "438700000000002580" + new string('0', 78);
        string pdu = header + Convert.ToHexString([.. "InitiatorName=iqn.2026-11.x:\u001b[31mred"u8, 0, 0, 0, 0]);
        string[] options = option.Length > 0 ? [option] : [];

        (_, string output, _) = await RunAsync([.. options, Write(pdu)]);

        Assert.Contains("is no legal value", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Brief_is_a_line_each()
    {
        (_, string output, _) = await RunAsync("--brief", Write($"{Ping}\n{Ping}"));

        Assert.Equal(3, output.Split('\n').Length);
    }

    [Fact]
    public async Task Json_is_an_object_each()
    {
        (_, string output, _) = await RunAsync("--json", Write($"{Ping}\n{Ping}"));

        JsonElement[] objects = [.. output.Trim().Split('\n').Select(static it => JsonDocument.Parse(it).RootElement)];
        Assert.Equal([1, 2], objects.Select(static it => it.GetProperty("number").GetInt32()));
        Assert.Equal("NOP-Out", objects[0].GetProperty("pdu").GetString());
        Assert.Equal(100, objects[0].GetProperty("fields").EnumerateArray().Single(static it => it.GetProperty("name").GetString() == "CmdSN").GetProperty("value").GetInt32());
    }

    [Fact]
    public async Task Only_problems_leaves_out_what_is_right()
    {
        string broken = Ping.Replace("40 80 00", "40 80 01", StringComparison.Ordinal);
        (int status, string output, string error) = await RunAsync("--only-problems", "--brief", Write($"{Ping}\n{broken}"));

        Assert.Equal(0, status);
        Assert.StartsWith("#2 ", output, StringComparison.Ordinal);
        Assert.Contains("! RFC 7143 §11 reserved bits are set: byte 2, 0x01", output, StringComparison.Ordinal);
        Assert.Equal("2 PDUs on 1 connection, 1 broken rule\n", error);
    }

    [Fact]
    public async Task Standard_input_is_read_without_a_file()
    {
        await using ChildProcess decode = ChildProcess.Start("/bin/sh", ["-c", $"echo '{Ping}' | '{ServerProcess.Program}' decode --brief"]);

        Assert.Equal(0, await decode.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("NOP-Out", decode.OutputLines.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_leaves_early_is_no_failure()
    {
        string file = Write(string.Join('\n', Enumerable.Repeat(Ping, 20_000)));
        await using ChildProcess decode = ChildProcess.Start("/bin/sh", ["-c", $"{{ '{ServerProcess.Program}' decode '{file}'; echo $? >'{file}.status'; }} | head -n 1"]);

        Assert.Equal(0, await decode.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("0", (await File.ReadAllTextAsync($"{file}.status", TestContext.Current.CancellationToken)).Trim());
        Assert.Single(decode.OutputLines);
    }

    [Theory]
    [InlineData("hello", "line 1 is no hexadecimal")]
    [InlineData("", "it is empty")]
    [InlineData("0102", "only 2 bytes")]
    public async Task What_cannot_be_read_is_one_line_and_status_1(string text, string problem)
    {
        string file = Write(text);
        (int status, string output, string error) = await RunAsync(file);

        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith($"blockwire: cannot decode {file}: ", error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(static it => it == '\n'));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_status_1()
    {
        (int status, _, string error) = await RunAsync("/no/such/file");

        Assert.Equal(1, status);
        Assert.Contains("cannot read /no/such/file: no such file", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--brief", "--json", "--brief and --json exclude each other")]
    [InlineData("--breif", "a", "unknown option '--breif': did you mean '--brief'?")]
    public async Task A_wrong_command_line_is_status_2(string first, string second, string problem)
    {
        (int status, _, string error) = await RunAsync(first, second);

        Assert.Equal(2, status);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        int status = await Program.RunAsync(["decode", .. arguments], output, error);
        return (status, output.ToString(), error.ToString());
    }

    private string Write(string text) => _folder.Write("input", text);
}
