using Blockwire.Testing;

namespace Blockwire.Protocol.Tests.Keys;

/// <summary>Goal: docs/LOGIN-KEYS.md is what the table says. Method: write it anew and compare.</summary>
public class LoginKeysPageTests
{
    [Fact]
    [Rule("7143/13")]
    public void Page_IsUpToDate()
    {
        string path = Path.Combine(Root(AppContext.BaseDirectory), "docs", "LOGIN-KEYS.md");
        string page = LoginKeysPage.Write();
        if (Environment.GetEnvironmentVariable("BLOCKWIRE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page);
        }

        Assert.True(File.Exists(path), "docs/LOGIN-KEYS.md is missing: run the tests with BLOCKWIRE_WRITE_DOCS=1");
        Assert.Equal(page, File.ReadAllText(path));
    }

    private static string Root(string folder) =>
        File.Exists(Path.Combine(folder, "Blockwire.slnx")) ? folder : Root(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Blockwire.slnx not found"));
}
